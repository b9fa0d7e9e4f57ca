/** Commands of somebody without a daemon: let in, put out and gone while no program of it was there, and back. */
import { match, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

/** Longer than who is put out may read the founder's feed. */
const GRACE_MS = 6_000;

networkTest(
  "who left comes back by the group's name, and who was put out while it was off is told so",
  async (network: TestNetwork) => {
    await network.resident("alice", "daemon");
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const gives = async (status: number, says: RegExp, ...args: string[]): Promise<void> => {
      const said = await group("bob", ...args);
      strictEqual(said.status, status, `group ${args.join(" ")}\n${said.out}${said.err}`);
      match(said.out + said.err, says);
    };
    const made = async (...args: string[]): Promise<string> =>
      JSON.parse((await group("alice", "create", ...args, "--json")).out).invite;
    const [link, asked] = [await made("ops", "--join", "link"), await made("board")];

    await gives(0, /joined group "ops"/, "join", link);
    await gives(0, /left/, "leave", "ops");
    await gives(4, /not a member/, "send", "ops", "nobody hears this");
    await gives(0, /joined group "ops"/, "join", "ops");
    await gives(0, /sent to ops/, "send", "ops", "back");
    await gives(2, /neither an invite nor an address/, "join", "opps");

    await gives(10, /waiting for an admin/, "join", asked);
    const { pk } = JSON.parse(await network.look("bob", "id", "--json"));
    strictEqual((await group("alice", "approve", "board", pk)).status, 0);
    await gives(0, /sent to board/, "send", "board", "no second join is needed");

    strictEqual((await group("alice", "ban", "ops", pk)).status, 0);
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    await gives(4, /not a member/, "send", "ops", "hello?");
    await gives(4, /does not let us in: banned/, "join", link);
    await gives(4, /does not let us in: banned/, "join", "ops");
    await gives(0, /status: banned/, "info", "ops");
  },
);
