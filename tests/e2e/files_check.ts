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
