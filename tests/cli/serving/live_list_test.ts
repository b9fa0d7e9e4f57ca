import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LiveList } from "../../../cli/serving/live_list.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";
import { patiently } from "../../fakes/patiently.ts";

const ANN = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const BEN = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

Deno.test("A list that is written anew in its place takes nothing from those who stay on it, and tells no mistake", async () => {
  const files = memoryFiles();
  const clock = new FakeClock();
  const problems: string[] = [];
  const list = new LiveList({ files, clock }, "/list", (reason) => problems.push(reason));
  const write = (text: string) => void files.kept.set("/list", { bytes: utf8(text), mode: 0o600 });
  const reads = async () => [...(await patiently(clock, list.read())).keys()];
  deepStrictEqual(await reads(), []);
  write(`${ANN}\n${BEN}\n`);
  deepStrictEqual(await reads(), [ANN, BEN]);
  for (
    const moment of [
      "",
      `${ANN}\n`,
      `${ANN}\n${BEN.slice(0, 20)}`,
      `${ANN} ro\n${BEN}\n`,
      `${ANN} d\n${BEN}\n`,
    ]
  ) {
    write(moment);
    const reading = list.accessOf(ANN);
    await clock.advance(100);
    write(`${ANN}\n${BEN}\n`);
    deepStrictEqual(await patiently(clock, reading), { read: true, write: true }, moment);
  }
  deepStrictEqual(problems, []);
  // What stays so counts, a quarter of a second later.
  write(`${BEN}\n`);
  deepStrictEqual(await reads(), [BEN]);
  write("not a key\n");
  deepStrictEqual(await reads(), []);
  strictEqual(problems.length, 1);
  const startMs = clock.nowMs();
  deepStrictEqual(await reads(), []);
  deepStrictEqual([clock.nowMs() - startMs, problems.length], [0, 1], "who is not on it need not wait");
});
