/**
 * What bots print: bytes that become lines, and lines that become wishes.
 *
 * @module
 */
import { type Cut, LineCutter } from "../../../lib/bot/cutter.ts";
import { commandIn, readBotLine } from "../../../lib/bot/line.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import type { Target } from "../fuzz.ts";

const LINES: readonly string[] = [
  '{"do":"send","id":"a1","conversation":"ops","text":"Hello","reply_to":"0123456789abcdef"}',
  '{"do":"reply","cursor":17,"text":"/echo","more":true}',
  '{"do":"list","id":"a2","conversation":"ops","action":"move","list":"Shopping","item":"2","to":"top"}',
  '{"do":"board","conversation":"ops","action":"reply","post":"3f2a9c01","text":"How much?"}',
  '{"do":"widget","conversation":"ops","widget":{"id":"load","kind":"number","value":0.7}}',
  '{"do":"done","cursor":17}',
];

/** Lines: each is a wish of a known kind, or has a problem in words. */
export const lines = (): Target => ({
  name: "bot: lines",
  seeds: LINES.map(utf8),
  run: (input) => {
    const text = fromUtf8(input);
    const read = readBotLine(text);
    if ("problem" in read && read.problem === "") throw new Error("no words for a problem");
    commandIn(text);
  },
});

/** Bytes in any pieces: the same lines. */
export const cuts = (): Target => {
  const cut = (pieces: Iterable<Uint8Array>): Cut[] => {
    const cutter = new LineCutter();
    const found: Cut[] = [];
    for (const piece of pieces) found.push(...cutter.push(piece));
    return [...found, ...cutter.end()];
  };
  return {
    name: "bot: bytes cut into lines",
    seeds: [utf8(`${LINES.join("\n")}\n`), utf8(LINES.join("\r\n"))],
    run: (input) => cut([input]),
    feed: (pieces) => JSON.stringify(cut(pieces)),
  };
};
