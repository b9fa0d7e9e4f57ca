/**
 * A message's body as people read it.
 *
 * @module
 */
import { readBody } from "../lib/chat/body.ts";
import { shownText } from "../lib/overlay/shown.ts";
import { sizeWords } from "./scp/progress.ts";

/** Its readable lines, not escaped: of an overlay without its frame, of a file its name and size. */
export function bodyText(body: string): string {
  const file = body.includes("skychat_file") ? readBody(body) : undefined;
  if (file?.kind !== "file") return shownText(body);
  return `[file] ${file.name} (${file.size < 0n ? "size unknown" : sizeWords(Number(file.size))})`;
}
