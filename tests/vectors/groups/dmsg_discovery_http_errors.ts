/** Runner of the group `discovery_http_errors` of dmsg.json: requests described in a phrase. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { encodeEntry, type Entry, signEntry } from "../../../lib/dmsg/entries/entry.ts";
import {
  type Bench,
  bench,
  clientEntry,
  pairOf,
  type Reply,
  serverEntry,
  START_NS,
} from "../../discovery/support.ts";
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

/** What may be said of an entry beside the stored one, whose sequence is 5. */
const SAID_OF_NEXT: readonly [RegExp, Partial<Entry>][] = [
  [/\b(lower|old|smaller|earlier|previous)\b.*sequence|sequence.*\b(lower|below|smaller|behind|back)/, {
    sequence: 4n,
  }],
  [/\b(same|equal|repeated)\b.*sequence|sequence.*\b(same|equal|repeated|unchanged)/, { sequence: 5n }],
  [
    /timestamp.*\b(lower|below|earlier|older|before|not (later|newer|after|greater))|\b(earlier|older|lower)\b.*timestamp/,
    {
      sequence: 6n,
      timestampNs: START_NS - 1_000_000_000n,
    },
  ],
];

/** What may be said of an entry in a phrase; what changes it behind its signature comes last. */
const SAID_OF_ENTRIES: readonly [RegExp, (entry: Entry) => Entry][] = [
  [/no version|without (a )?version|empty version/, (entry) => ({ ...entry, version: "" })],
  [/neither/, ({ client: _, server: _server, ...entry }) => entry],
  [/(no|empty|without an?) (server )?address|address is empty/, (entry) => ({
    ...entry,
    server: { availableSessions: 1, ...entry.server, address: "" },
  })],
  [/old|outdated|past/, (entry) => ({ ...entry, timestampNs: START_NS - 3_600_000_000_000n })],
  [/future|ahead/, (entry) => ({ ...entry, timestampNs: START_NS + 3_600_000_000_000n })],
];
const SAID_OF_SIGNATURES: readonly [RegExp, (entry: Entry) => Entry][] = [
  [/unsigned|no signature|without (a )?signature|signature missing/, ({ signature: _, ...entry }) => entry],
  [
    /(wrong|bad|invalid|other|broken|altered).*(sign|key)|sign.*(wrong|invalid|other|broken|altered)/,
    (entry) => ({
      ...entry,
      sequence: entry.sequence + 1n,
    }),
  ],
];

/** The entry that a phrase speaks of. */
function entrySaid(remark: string): string {
  const pair = pairOf(1);
  let entry: Entry = /\bserver entry|server's entry/.test(remark) ? serverEntry(pair) : clientEntry(pair);
  for (const [pattern, change] of SAID_OF_ENTRIES) if (pattern.test(remark)) entry = change(entry);
  entry = signEntry(entry, pair.secret);
  for (const [pattern, change] of SAID_OF_SIGNATURES) if (pattern.test(remark)) entry = change(entry);
  return encodeEntry(entry);
}

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
  // A key that is only named is one that nobody has.
  const [, method, path, remark] =
    /^([A-Z]+) (\/\S*) ?(.*)$/.exec(request.replace(/<[^>]*>|\{(?!\})[^}"]+\}/, pairOf(9).pk)) ?? [];
  for (const [pattern, run] of REMARKS) {
    const found = pattern.exec(remark ?? "");
    if (method && found) return run(by, method, path, found);
  }
  const next = SAID_OF_NEXT.find(([pattern]) => method === "POST" && pattern.test(remark));
  if (next) {
    await by.ask("POST", POST, encodeEntry(clientEntry(pairOf(1))));
    await by.ask("POST", POST, encodeEntry(clientEntry(pairOf(1), { sequence: 5n })));
    return [await by.ask(method, path, encodeEntry(clientEntry(pairOf(1), next[1])))];
  }
  ok(method, `request "${request}" is not understood`);
  // Words that say nothing of an entry belong to the path, as in "(no slash)": the answer shows whether that is so.
  const body = /\b(entry|signature|signed)\b/.test(remark) ? entrySaid(remark) : undefined;
  return [await by.ask(method, path, method === "GET" ? undefined : body)];
}
