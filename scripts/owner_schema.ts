// deno run -W scripts/owner_schema.ts
/**
 * Writes docs/owner-rpc.schema.json from the table of methods; a test compares the two.
 *
 * @module
 */
import { schemaDocument } from "../lib/owner/schema/document.ts";

const docs = new URL("../docs/", import.meta.url);
Deno.mkdirSync(docs, { recursive: true });
Deno.writeTextFileSync(
  new URL("owner-rpc.schema.json", docs),
  JSON.stringify(schemaDocument(), null, 2) + "\n",
);
