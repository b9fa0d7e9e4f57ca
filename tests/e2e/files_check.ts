import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";

networkTest(
  "send-file is declined until the peer has accepted us, and then kept in our directory there",
  async (network) => {
    const { home } = network.stage;
    await Deno.writeTextFile(`${home}/a.txt`, "text");
    const me = (await network.look("me", "id")).trim();
    const { pk, process } = await network.resident("peer", "daemon", "--json", "--files", "inbox");
    const send = (...args: string[]) => network.run("me", ["send-file", pk, ...args]);
    const declined = await send("a.txt");
    deepStrictEqual(
      [declined.status, /does not take a\.txt: declined/.test(declined.err)],
      [4, true],
      declined.err,
    );
    await network.look("peer", "accept", me);
    deepStrictEqual(await send("a.txt"), { status: 0, out: "", err: "sent a.txt\n" });
    const json = await send("a.txt", "gone", "--json");
    strictEqual(json.status, 11);
    match(json.out, /"type":"file","file":"a\.txt","id":"[0-9a-f]{16}","bytes":4,"state":"delivered"/);
    const names = [...Deno.readDirSync(`${home}/inbox/${me}`)].map(({ name }) => name).sort();
    deepStrictEqual(names, ["a (1).txt", "a.txt"]);
    match(await process.prints("stdout", '"file-in"'), new RegExp(`"path":"${me}/a.txt"`));
    strictEqual((await network.run("me", ["send-file", pk])).status, 2);
  },
);

networkTest("A file that is offered comes when it is accepted, at once or later", async (network) => {
  const { home } = network.stage;
  await Deno.writeTextFile(`${home}/plan.txt`, "the plan");
  await network.look("me", "id");
  const { pk } = await network.resident("peer", "daemon", "--json");
  const mine = await network.resident("me", "daemon", "--json");
  const isOffered = async (): Promise<boolean> =>
    (await network.look("peer", "file", "--json")).includes('"state":"offered"');
  const sending = network.run("me", ["send-file", pk, "plan.txt"]);
  while (!await isOffered()) await new Promise((resolve) => setTimeout(resolve, 50));
  await network.look("peer", "file", "refuse", mine.pk, "1");
  const refused = await sending;
  deepStrictEqual(
    [refused.status, /does not take plan\.txt: declined/.test(refused.err)],
    [4, true],
    refused.err,
  );
  const taken = await network.run("peer", ["file", "accept", mine.pk, "1", "--json"]);
  strictEqual(taken.status, 0, taken.err);
  const { path, state } = JSON.parse(taken.out);
  deepStrictEqual([state, await Deno.readTextFile(path)], ["kept", "the plan"]);
  match(await network.look("me", "file"), / {2}1 {2}ours {2}plan\.txt \(8 B\) {2}sent\n$/);
  strictEqual((await network.run("peer", ["file", "accept", mine.pk, "7"])).status, 2);
});

networkTest(
  "Who waits for a peer's decision is told so, and accept ends when the file is there",
  async (network) => {
    const { home } = network.stage;
    await Deno.writeTextFile(`${home}/plan.txt`, "the plan");
    const me = (await network.look("me", "id")).trim();
    const { pk } = await network.resident("peer", "daemon", "--json");
    for (const position of ["1", "2", "3"]) {
      const sending = network.start("me", "send-file", pk, "plan.txt");
      if (position === "1") await sending.prints("stderr", `waiting for ${pk} to take plan.txt`);
      else {
        const isOffered = async () =>
          (await network.look("peer", "file", "--json")).trim().endsWith('"state":"offered"}');
        while (!await isOffered()) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const taken = await network.run("peer", ["file", "accept", me, position, "--json"]);
      deepStrictEqual([taken.status, JSON.parse(taken.out).state], [0, "kept"], taken.err);
      strictEqual((await sending.ended()).status, 0);
    }
  },
);

networkTest("A file is accepted without a daemon, too, once peers can reach us", async (network) => {
  const { home } = network.stage;
  await Deno.writeTextFile(`${home}/plan.txt`, "the plan");
  const me = (await network.look("me", "id")).trim();
  const { pk, process } = await network.resident("peer", "daemon", "--json");
  const mine = await network.resident("me", "daemon", "--json");
  const sending = network.start("me", "send-file", pk, "plan.txt");
  const isOffered = async () => (await network.look("peer", "file", "--json")).includes('"state":"offered"');
  while (!await isOffered()) await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill("SIGTERM");
  await process.ended();
  await sending.ended();
  const taken = await network.run("peer", ["file", "accept", me, "1", "--json"]);
  deepStrictEqual([taken.status, JSON.parse(taken.out).state], [0, "kept"], taken.err);
  // What is here needs no network.
  mine.process.kill("SIGTERM");
  await mine.process.ended();
  const again = await network.run("peer", ["file", "accept", me, "1", "--json"]);
  deepStrictEqual([again.status, JSON.parse(again.out).state], [0, "kept"], again.err);
});
