/** Invites that somebody said in a conversation, at the command line: looked at, refused, accepted, and twice. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { newStage } from "../script/script.ts";
import { ALICE, heard } from "./received.ts";

const CAROL = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const GROUP = "6f1c2b3a-0000-4000-8000-000000000001";

Deno.test("Bare invites of any program are offered; one that is refused stays so until it is accepted, which is once", async () => {
  await using stage = await newStage();
  // As Go programs say them: the link alone, or in a sentence. The last one leads nowhere.
  await heard(stage, [
    `skychat://${CAROL}`,
    `join us: skychat://${ALICE}/${GROUP} today`,
    "skychat:invite:bm90aGluZw",
    `see skychat://${CAROL}ab, which is none`,
  ]);
  let asked = 0;
  const discovery = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asked++;
    return new Response("", { status: 404 });
  });
  const dmsg = async (line: string) => {
    const { stdout, stderr, status } = await stage.run(
      `DMSG_DISCOVERY=http://127.0.0.1:${discovery.addr.port} dmsg ${line}`,
    );
    return { status, out: stdout.trimEnd().split("\n"), err: stderr };
  };
  const states = async (): Promise<string[]> =>
    (await dmsg("invite ls alice --json")).out.map((line) => JSON.parse(line))
      .map(({ position, state, offer }) => `${position} ${offer?.kind} ${state}`).sort();
  deepStrictEqual(await states(), ["1 contact new", "2 group new", "3 undefined unusable"]);
  const { out: shown } = await dmsg("invite ls");
  ok(shown.some((line) => line.includes("contact") && line.includes("alice")), shown.join("\n"));
  const id =
    JSON.parse((await dmsg("invite ls alice --json")).out.find((line) => line.includes('"position":1,'))!).id;
  strictEqual((await dmsg(`invite refuse alice ${id.slice(0, 8)}`)).status, 0);
  deepStrictEqual((await states())[0], "1 contact refused", "in another process, too");
  // Without an id it is the one that is not answered; of those that were refused none is meant more than another.
  strictEqual((await dmsg("invite refuse alice")).status, 0);
  deepStrictEqual(await states(), ["1 contact refused", "2 group refused", "3 undefined unusable"]);
  match((await dmsg("invite accept alice")).err, /^dmsg: There are 2 open invites here/);
  strictEqual((await dmsg(`history alice`)).status, 0);
  strictEqual(asked, 0, "nothing is fetched by looking or by refusing");
  for (const _twice of [1, 2]) {
    const { status, out } = await dmsg(`invite accept alice ${id.slice(0, 8)} --json`);
    deepStrictEqual([status, JSON.parse(out[0]).state], [0, "accepted"]);
  }
  deepStrictEqual((await states())[0], "1 contact accepted");
  const over = await dmsg(`invite refuse alice ${id.slice(0, 8)}`);
  strictEqual(over.status, 4);
  match(over.err, /accepted already/);
  const broken = JSON.parse(
    (await dmsg("invite ls alice --json")).out.find((line) => line.includes("unusable"))!,
  );
  const none = await dmsg(`invite accept alice ${broken.id.slice(0, 8)}`);
  ok(none.status !== 0 && none.err.startsWith("dmsg: "), none.err);
  await discovery.shutdown();
});
