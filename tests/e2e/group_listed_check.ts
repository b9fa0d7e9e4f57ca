/** `group catalog` and `group listen`: what a peer lists and what is said shows at another member, and nothing else. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly policy: string;
  readonly address: string;
}

networkTest(
  "a listed channel is found in the catalog and joined by its address; who may not write in it shows nowhere",
  async (network: TestNetwork) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob", "carol"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    strictEqual(
      (await group("alice", "create", "news", "--kind", "channel", "--listed", "--work", "8")).status,
      0,
    );
    strictEqual((await group("alice", "create", "secret", "--join", "link")).status, 0);
    const listed = async (who: string, whose: string): Promise<Listed[]> =>
      (await group(who, "catalog", pks[whose], "--json")).out.split("\n")
        .filter((line) => line !== "").map((line) => JSON.parse(line));

    const [news, ...others] = await listed("bob", "alice");
    deepStrictEqual([news.name, news.kind, others], ["news", "channel", []], "only what is listed");
    const none = await group("carol", "catalog", pks.bob);
    strictEqual(none.status, 4, "who has no group lists none");
    ok(none.err.includes(" lists no groups\n"), none.err);
    const resolved = await group("bob", "resolve", news.address, "--json");
    const { id: _, port: __, ...shown } = JSON.parse(resolved.out);
    deepStrictEqual(shown, {
      name: "news",
      group_kind: "channel",
      policy: "open",
      pow_bits: 8,
      read_only: false,
      price_hint: "",
      host_pk: pks.alice,
      from: "host",
    });
    strictEqual((await group("bob", "ls", "--json")).out, "", "nothing is joined by it");
    const elsewhere = await group("bob", "resolve", news.address.replace(pks.alice, pks.carol));
    deepStrictEqual([elsewhere.status, elsewhere.out], [4, ""], elsewhere.err);
    for (const who of ["bob", "carol"]) {
      const joined = await group(who, "join", news.address, "--wait", "30s", "--json");
      deepStrictEqual([joined.status, JSON.parse(joined.out).name], [0, "news"], joined.err);
    }

    const listener = network.start("carol", "group", "listen", "news", "--json");
    await listener.prints("stderr", "Listening for messages in news\nPress Ctrl+C to stop\n");
    // What is said before it listens is not its to show: say it until it does.
    for (const late = Date.now() + 60_000;;) {
      strictEqual((await group("alice", "send", "news", "first", "--wait", "30s")).status, 0);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const heard = await Promise.race([
        listener.prints("stdout", '"body":"first"').then(() => true),
        new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), 2_000)),
      ]);
      clearTimeout(timer);
      if (heard) break;
      ok(Date.now() < late, "carol hears nothing");
    }
    strictEqual((await group("bob", "send", "news", "from a reader")).status, 4, "readers only read");
    strictEqual((await group("alice", "send", "news", "last", "--wait", "30s")).status, 0);
    const heard = (await listener.prints("stdout", '"body":"last"')).trim().split("\n")
      .map((line) => JSON.parse(line));
    deepStrictEqual([...new Set(heard.map(({ body }) => body))], ["first", "last"]);
    deepStrictEqual(Object.keys(heard[0]).slice(0, 3), ["ts", "group_id", "sender_pk"]);
    deepStrictEqual(new Set(heard.map(({ sender_pk }) => sender_pk)), new Set([pks.alice]));
    listener.kill("SIGTERM");
    strictEqual((await listener.ended()).status, 143);
    const all = network.start("carol", "group", "listen");
    await all.prints("stderr", "Listening for messages in all groups\nPress Ctrl+C to stop\n");
    all.kill("SIGTERM");
    strictEqual((await all.ended()).stdout.length, 0);
    for (const who of ["alice", "carol"]) {
      const history = await network.look(who, "group", "history", "news", "--json");
      ok(!history.includes("from a reader"), `${who} shows what a reader wrote`);
    }
  },
);
