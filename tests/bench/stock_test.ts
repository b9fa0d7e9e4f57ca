import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { StockPart } from "../../bench/stock.ts";

Deno.test("A stock program that fails once has its figure; one that fails twice is left out with its last words", async () => {
  const lines: string[] = [];
  const part = new StockPart("stock pair", (line) => lines.push(line));
  let runs = 0;
  const failing = (times: number) => () =>
    runs++ < times
      ? Promise.reject(new Error(`it began\nit broke off (${runs})\n`))
      : Promise.resolve("a figure");
  strictEqual(await part.run(failing(1)), "a figure");
  strictEqual(part.skipped, undefined);
  runs = 0;
  strictEqual(await part.run(failing(2)), undefined);
  strictEqual(part.skipped, "it failed twice: it broke off (2)");
  runs = 0;
  strictEqual(await part.run(failing(0)), undefined);
  strictEqual(runs, 0, "what is left out is run no more");
  deepStrictEqual(lines, [
    "  stock pair  failed and is tried once more: it broke off (1)",
    "  stock pair  failed and is tried once more: it broke off (1)",
  ]);
});
