/** Signed invites to a contact between real processes: two who race for the one place, kills, and how each one ends. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

type Line = Record<string, unknown>;
const PATIENCE_MS = 60_000;
/** Long enough to be issued on a slow machine; it is over when it is needed. */
const LASTS_MS = 20_000;

networkTest(
  "a contact invite pairs as many as it says over kills, and who comes late is told why not",
  async (network: TestNetwork) => {
    const first = await network.resident("alice", "daemon");
    const alice = first.pk;
    const run = async (who: string, ...args: string[]) => {
      const { status, out, err } = await network.run(who, [...args, "--json"]);
      const lines = out.split("\n").filter((line) => line.startsWith("{")).map((line) =>
        JSON.parse(line) as Line
      );
      return { status, lines, said: `${who} ${args.join(" ")}: ${status}\n${out}${err}` };
    };
    const issue = async (...args: string[]): Promise<Line> => {
      const { status, lines: [issued], said } = await run("alice", "pair", "invite", ...args);
      strictEqual(status, 0, said);
      return issued;
    };
    const add = (who: string, { link }: Line) => run(who, "pair", "add", String(link));
    const issuedNow = async (id: unknown): Promise<Line> =>
      (await run("alice", "invite", "ls")).lines.find((line) => line.id === id)!;

    const short = await issue("--expires", new Date(Date.now() + LASTS_MS).toISOString());

    // Two processes want the one place at once.
    const one = await issue("--note", "it is alice");
    const both = await Promise.all([add("bob", one), add("carol", one)]);
    deepStrictEqual(both.map(({ status }) => status).sort(), [0, 4], both.map(({ said }) => said).join());
    const [isIn, out] = both[0].status === 0 ? ["bob", "carol"] : ["carol", "bob"];
    match(both.find(({ status }) => status === 4)!.said, /is used up/);
    // What was answered outlives a kill that follows at once.
    first.process.kill("SIGKILL");
    await first.process.ended();
    const shown = await issuedNow(one.id);
    deepStrictEqual([shown.state, (shown.used as Line[]).length], ["used-up", 1]);
    const paired = async (who: string) => (await run(who, "pair", "list")).lines;
    deepStrictEqual((await paired("alice")).map(({ status }) => status), ["active"]);
    deepStrictEqual((await paired(out)).map(({ status, invite }) => [status, (invite as Line).ended]), [
      ["denied", "used-up"],
    ]);

    // Nobody is there: it is asked again later, here by hand.
    const two = await issue("--uses", "2");
    const away = await add(out, two);
    deepStrictEqual(
      [away.status, away.lines[0].status, away.lines[0].sent],
      [10, "pending", false],
      away.said,
    );
    const second = await network.resident("alice", "daemon");
    strictEqual(second.pk, alice);
    strictEqual((await add(out, two)).status, 0);
    strictEqual((await add(out, two)).status, 0, "twice is once");
    strictEqual((await add(isIn, two)).status, 0, "who is paired uses nothing up");
    strictEqual(((await issuedNow(two.id)).used as Line[]).length, 1);
    const said = await run(out, "pair", "send", alice, "hello", "--wait", "30s");
    strictEqual(said.lines[0].fetched, true, said.said);

    // As a message that is looked at later; revoked meanwhile, and another one that has expired.
    const { pk: to } = await network.resident("dora", "daemon");
    const sent = await run("alice", "invite", "send", to, "me", "--uses", "5");
    strictEqual(sent.status, 0, sent.said);
    const [offered] = (await run("dora", "invite", "ls", alice)).lines;
    deepStrictEqual([offered.state, (offered.offer as Line).kind], ["new", "contact"]);
    const five = (await run("alice", "invite", "ls")).lines.find(({ uses }) => uses === 5)!;
    strictEqual((await run("alice", "invite", "revoke", String(five.id).slice(0, 8))).status, 0);
    const late = await run("dora", "invite", "accept", alice);
    deepStrictEqual([late.status, late.lines[0].state], [4, "revoked"], late.said);
    for (const endMs = Date.now() + PATIENCE_MS; (await issuedNow(short.id)).state !== "expired";) {
      ok(Date.now() < endMs, "it never expires");
    }
    const over = await add("dora", short);
    deepStrictEqual([over.status, over.said.includes("has expired")], [4, true], over.said);
  },
);
