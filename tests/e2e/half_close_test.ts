import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

/** A program that reads to the end and then answers, beside `nc`. */
const answering = (network: TestNetwork, nc: string): Promise<{ status: number; stderr: string }> =>
  network.stage.run(
    `dmsg id --identity a >/dev/null 2>&1; mkfifo answer; dmsg nc -N ${nc} --local --identity a <answer 2>told | ` +
      `{ cat >question; echo the answer; } >answer`,
  );

const question = (network: TestNetwork): Promise<string> =>
  Deno.readTextFile(`${network.stage.home}/question`);

/** The address that a listener has told. */
async function addressIn(path: string): Promise<string> {
  for (const late = Date.now() + 120_000;;) {
    const found = /Listening on (\S+)\n/.exec(await Deno.readTextFile(path).catch(() => ""));
    if (found) return found[1];
    ok(Date.now() < late, "nobody listens");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

networkTest("nc -l -N: a program that reads to the end and then answers is heard", async (network) => {
  const answered = answering(network, "-l 5000");
  const address = await addressIn(`${network.stage.home}/told`);
  const asked = await network.run("b", ["nc", "-N", address], "a question");
  deepStrictEqual(asked, { status: 0, out: "the answer\n", err: "" });
  strictEqual((await answered).status, 0);
  strictEqual(await question(network), "a question");
});

networkTest("nc -N: the one who connects may be the one who answers", async (network) => {
  const { process: listener, address } = await network.listener("b", "-N", "5000");
  await listener.write("a question");
  await listener.end();
  strictEqual((await answering(network, address)).status, 0);
  strictEqual(await question(network), "a question");
  const { status, stdout } = await listener.ended();
  deepStrictEqual([status, new TextDecoder().decode(stdout)], [0, "the answer\n"]);
});
