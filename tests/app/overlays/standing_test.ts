/** How an invite stands, case by case: what is so counts more than what was said of it. */
import { deepStrictEqual } from "node:assert/strict";
import type { GroupView, IssuedInvite } from "../../../lib/app/groups/groups.ts";
import { type Known, standingOf } from "../../../lib/app/overlays/invite_standing.ts";
import type { InviteOffer, InviteState } from "../../../lib/app/overlays/invite_views.ts";
import type { PairView } from "../../../lib/app/pairs/pairs.ts";

const [US, BOB, CAROL] = ["a", "b", "c"].map((digit) => `02${digit.repeat(64)}`);
const GROUP = "00000000-0000-4000-8000-000000000001";
const NOW_NS = 1_700_000_000_000_000_000n;
const [PAST, AHEAD] = ["2023-11-14T00:00:00Z", "2023-11-15T00:00:00Z"];

const signed = (id = "s", expires = AHEAD) => ({ id, inviter: BOB, expires, uses: 1 });
type Signed = ReturnType<typeof signed>;
const group = (by?: Signed): InviteOffer => ({
  kind: "group",
  group: GROUP,
  pk: BOB,
  withKey: false,
  ...(by && { signed: by }),
});
const contact = (by?: Signed, pk = BOB): InviteOffer => ({ kind: "contact", pk, ...(by && { signed: by }) });

interface Facts {
  /** How we stand in the group, and by which invite we asked. */
  readonly in?: readonly [status: GroupView["status"], invite?: { id: string; ended?: string }];
  readonly pair?: readonly [status: PairView["status"], invite?: { id: string; ended?: string }];
  readonly accepted?: boolean;
  /** What is known of the invite `s`: how it stands, and who came in by it. */
  readonly issued?: readonly [state: IssuedInvite["state"], ...used: string[]];
}

async function standing(
  offer: InviteOffer | undefined,
  facts: Facts = {},
  mark?: InviteState,
  author = BOB,
): Promise<InviteState> {
  const { in: joined, pair, accepted = false, issued } = facts;
  const view = <T>([status, invite]: readonly [string, object?]) =>
    ({ status, ...(invite && { invite }) }) as T;
  const known: Known = {
    pk: US,
    nowNs: NOW_NS,
    joined: new Map(joined ? [[GROUP, view<GroupView>(joined)]] : []),
    accepted: new Set(accepted ? [BOB] : []),
    issued: () => {
      if (issued === undefined) return Promise.resolve([]);
      const [state, ...used] = issued;
      const uses = used.map((pk) => ({ pk, by: BOB, ts: AHEAD }));
      return Promise.resolve([{ id: "s", state, used: uses } as unknown as IssuedInvite]);
    },
    pairs: () => Promise.resolve(new Map(pair ? [[BOB, view<PairView>(pair)]] : [])),
  };
  return await standingOf(offer, mark, author, known);
}

type Case = readonly [expected: InviteState, ...given: Parameters<typeof standing>];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  "nothing was made of it": [
    ["unusable", undefined],
    ["new", group()],
    ["new", group(signed())],
    ["expired", group(signed("s", PAST))],
    ["refused", group(signed("s", PAST)), {}, "refused"],
    ["new", contact()],
    ["new", contact(signed())],
    ["expired", contact(signed("s", PAST))],
  ],
  "it is ours, or is to us": [
    ["own", undefined, {}, undefined, US],
    ["own", group(), {}, undefined, US],
    ["own", contact(undefined, US)],
    ["own", group(signed()), {}, undefined, US],
    ["expired", group(signed("s", PAST)), {}, undefined, US],
    ["used-up", group(signed()), { in: ["active"], issued: ["used-up"] }, undefined, US],
    ["own", group(signed()), { in: ["active"], issued: ["open"] }, undefined, US],
    ["own", group(signed()), { in: ["banned"], issued: ["revoked"] }, undefined, US],
    ["revoked", contact(signed(), US), { issued: ["revoked"] }],
  ],
  "we are in the group": [
    ["accepted", group(), { in: ["active"] }],
    ["accepted", group(signed()), { in: ["active"], issued: ["open"] }],
    ["accepted", group(signed("s", PAST)), { in: ["active"], issued: ["used-up", US] }],
    ["used-up", group(signed()), { in: ["active"], issued: ["used-up", CAROL] }],
    ["expired", group(signed("s", PAST)), { in: ["active"] }],
    ["refused", group(), { in: ["active"] }, "refused"],
    ["revoked", group(signed()), { in: ["active"] }, "revoked"],
    ["accepted", group(), { in: ["active"] }, "denied"],
  ],
  "we have asked by it": [
    ["asked", group(), { in: ["pending"] }],
    ["asked", group(signed()), { in: ["awaiting_approval", { id: "s" }] }],
    ["refused", group(), { in: ["pending"] }, "refused"],
    ["used-up", group(signed()), { in: ["denied", { id: "s", ended: "used-up" }] }],
    ["denied", group(), { in: ["denied"] }],
    ["banned", group(), { in: ["banned"] }],
    ["revoked", group(), { in: ["revoked"] }],
    ["refused", group(), { in: ["banned"] }, "refused"],
    ["new", group(), { in: ["left"] }],
  ],
  "we have asked by another one": [
    ["new", group(signed("other")), { in: ["pending", { id: "s" }] }],
    ["new", group(), { in: ["denied", { id: "s", ended: "expired" }] }],
    ["new", group(signed()), { in: ["pending"] }],
    ["denied", group(signed()), { in: ["denied"] }],
    ["banned", group(signed()), { in: ["banned", { id: "other" }] }],
    ["refused", group(signed()), { in: ["banned"] }, "refused"],
    ["expired", group(signed("s", PAST)), { in: ["pending", { id: "other" }] }],
  ],
  "it is to somebody": [
    ["accepted", contact(), { accepted: true }],
    ["refused", contact(), { accepted: true }, "refused"],
    ["accepted", contact(signed()), { pair: ["active"] }],
    ["refused", contact(signed()), { pair: ["active"] }, "refused"],
    ["asked", contact(signed()), { pair: ["pending", { id: "s" }] }],
    ["refused", contact(signed()), { pair: ["pending", { id: "s" }] }, "refused"],
    ["revoked", contact(signed()), { pair: ["denied", { id: "s", ended: "revoked" }] }],
    ["new", contact(signed()), { pair: ["pending", { id: "other" }] }],
    ["new", contact(signed()), { pair: ["pending"], accepted: true }],
  ],
};

for (const [title, cases] of Object.entries(CASES)) {
  Deno.test(`An invite where ${title}`, async () => {
    const found = await Promise.all(cases.map(async ([, ...given]) => [await standing(...given), ...given]));
    deepStrictEqual(found, cases.map((one) => [...one]));
  });
}
