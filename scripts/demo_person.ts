// Started by the demos: IDENTITY DISCOVERY DATA_DIR [GREETED]
import { answering } from "./demo_parts.ts";

const [name, discovery, dataDir, greets] = Deno.args;
await answering(name, discovery, dataDir, greets);
