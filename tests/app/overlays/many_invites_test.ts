/**
 * Invites over many conversations: looking costs each one its own rows, and nothing that grows with all of them.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { Invites, type InvitesOptions } from "../../../lib/app/overlays/invites.ts";

Deno.test("Invites of a conversation that has none read neither groups nor peers", async () => {
  const asked: string[] = [];
  const list = (what: string) => () => {
    asked.push(what);
    return Promise.resolve([]);
  };
  const engine = { newest: () => Promise.resolve([]), count: () => Promise.resolve(0) };
  const invites = new Invites(
    {
      kept: {
        use: (_: string, run: (open: unknown) => unknown) => run({ engine, making: undefined }),
      },
      groups: { list: list("groups") },
      pairs: { list: list("pairs") },
      peers: { list: list("peers") },
      clock: { wallNs: () => 0n },
    } as unknown as InvitesOptions,
  );
  const found = await invites.list({ conversation: "02".padEnd(66, "a") });
  deepStrictEqual([found, asked], [{ rows: [], total: 0 }, []]);
});
