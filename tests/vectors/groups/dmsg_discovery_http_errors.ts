/** Runner of the group `discovery_http_errors` of dmsg.json: requests described in a phrase. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { encodeEntry } from "../../../lib/dmsg/entry.ts";
import { type Bench, bench, clientEntry, pairOf, type Reply } from "../../discovery/support.ts";
import { byMember, each } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const POST = "/dmsg-discovery/entry/";
const first = encodeEntry(clientEntry(pairOf(1)));
const second = encodeEntry(clientEntry(pairOf(1), { sequence: 1n }));

/** What the words behind method and path ask for: the replies that must all be as expected. */
const REMARKS: readonly [
  RegExp,
  (by: Bench, method: string, path: string, found: string[]) => Promise<Reply[]>,
][] = [
  [/^$|^(with (no|none|nothing)|without|when nothing|of an unknown)\b/, async ({ ask }, method, path) => {
    return [await ask(method, path)];
  }],
  [/^body (.+)$/, ({ ask }, method, path, [, bodies]) => {
    return Promise.all(bodies.split(" or ").map((body) => ask(method, path, body === "empty" ? "" : body)));
  }],
  [/^with a valid entry \(path key is ignored\)$/, async ({ ask }, method, path) => {
    await ask("POST", POST, first);
    return [await ask(method, path, second)];
  }],
  [/^with a valid signed client entry, also when nothing is stored$/, async ({ ask }, method, path) => {
    const nothingStored = await ask(method, path, first);
    await ask("POST", POST, first);
    return [nothingStored, await ask(method, path, second)];
  }],
];

/** Status and body of the odd requests. */
export const dmsgDiscoveryHttpErrors: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ request }) => request, async ({ request, status, body }) => {
      for (const reply of await replies(request)) deepStrictEqual(reply, { status, body });
    }),
  });

async function replies(request: string): Promise<Reply[]> {
  const by = bench({ generation: "classic" });
  if (request === "POST the same entry twice") {
    await by.ask("POST", POST, first);
    return [await by.ask("POST", POST, first)];
  }
  const [, method, path, remark] = /^([A-Z]+) (\/\S*) ?(.*)$/.exec(request) ?? [];
  for (const [pattern, run] of REMARKS) {
    const found = pattern.exec(remark ?? "");
    if (method && found) return run(by, method, path, found);
  }
  ok(false, `request "${request}" is not understood`);
}
