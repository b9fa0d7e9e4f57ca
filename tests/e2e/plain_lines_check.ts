/** `dmsg chat --plain` that reads its lines from a pipe: each has one answer, however many there are. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";

networkTest(
  "Each line of a pipe into chat --plain is answered once, beside an owner and without",
  async (network) => {
    const { pk } = await network.resident("a", "listen");
    const plain = async (word: string, count: number): Promise<void> => {
      const texts = Array.from({ length: count }, (_, i) => `${word} ${i}`);
      const lines = texts.map((text) => `${text}\n`).join("");
      const { status, out, err } = await network.run("b", ["chat", pk, "--plain"], lines);
      strictEqual(status, 0, err);
      const answers = out.split("\n").filter((line) => line.startsWith(`you: ${word}`))
        .map((line) => line.replace(/, \d\d:\d\d$/, ""));
      strictEqual(new Set(answers).size, answers.length, "nothing is said twice");
      const acked = answers.filter((line) => line.endsWith(", acknowledged"));
      deepStrictEqual(acked.toSorted(), texts.map((text) => `you: ${text}, acknowledged`).toSorted());
    };
    await plain("few", 3);
    await plain("alone", 70);
    await network.resident("b", "daemon");
    await plain("owned", 70);
  },
);
