/** What a stranger hears at a group's door, in the order of §b.7: each refusal, and that none of them changes anything. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { answerTo, type Door, MAX_WAITING, RateBuckets } from "../../../lib/app/groups/joining/admission.ts";
import { founded } from "../../../lib/app/groups/founding.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import type { JoinRequest } from "../../../lib/group/joining/admission.ts";
import { NO_WORK, WORK_AGE_SEC, WorkSearch } from "../../../lib/group/joining/work.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { pairOf } from "./group_world.ts";

const SEC_NS = 1_000_000_000n;
const NOW_NS = 1_800_000_000n * SEC_NS;
const BITS = 4;
const [ALICE, BOB, CAROL] = ["alice", "bob", "carol"].map((name) => pairOf(name).pk);
const { record, extra } = founded(
  { pk: ALICE, clock: new FakeClock(), random: seededRandom("door"), feedPorts: [] },
  { name: "ops", kind: "private", join: "approval" },
);
const REQUEST: JoinRequest = {
  groupId: record.id,
  requester: NULL_PK,
  note: "it is bob",
  work: NO_WORK,
  invite: "",
  ratchet: new Uint8Array(0),
  askAgain: false,
  probe: false,
  tsNs: NOW_NS,
};
const DOOR: Door = { record, extra, isAdmin: true, isMember: () => false };
const waiter = (pk: string) => ({ pk, note: "", tsNs: NOW_NS });
const crowd = Array.from({ length: MAX_WAITING }, (_, i) => waiter(`02${i.toString(16).padStart(64, "0")}`));

const asked = (request: Partial<JoinRequest>, door: Partial<Door> = {}, buckets = new RateBuckets()) =>
  answerTo({ ...REQUEST, ...request }, BOB, { ...DOOR, ...door }, buckets, NOW_NS);

Deno.test("Join door refuses in the order of the specification, and nothing follows from a refusal", () => {
  const banned = { record: { ...record, banned: [BOB] } };
  const denied = { extra: { ...extra, denied: [BOB] } };
  const worked = { ...record, joinPowConfigured: true, joinPowBits: BITS };
  const cases: [string, Partial<JoinRequest>, Partial<Door>, string][] = [
    ["another key than the stream's, before all else", { requester: CAROL }, banned, "denied"],
    ["banned, also for a probe", { probe: true }, banned, "banned"],
    ["banned, also where we decide nothing", {}, { ...banned, isAdmin: false }, "banned"],
    ["told no before", {}, denied, "denied"],
    ["told no before, where we decide nothing", {}, { ...denied, isAdmin: false }, "unavailable"],
    ["no admin", {}, { isAdmin: false }, "unavailable"],
    ...(["left", "revoked", "denied", "banned"] as const).map((
      status,
    ): [string, Partial<JoinRequest>, Partial<Door>, string] => [
      `a group in which we are ${status}, also for a probe and for who is banned`,
      { probe: true },
      { record: { ...record, status, banned: [BOB] } },
      "unavailable",
    ]),
    ["no work", {}, { record: worked }, "challenge"],
    ["an invite that can't be read", { invite: "dmsg:invite:AAAA" }, {}, "unavailable"],
    ["a full list", {}, { extra: { ...extra, waiting: crowd } }, "throttled"],
  ];
  for (const [what, request, door, status] of cases) {
    const { response, admit, wait, invite } = asked(request, door);
    deepStrictEqual([response.status, admit, wait, invite], [status, undefined, undefined, undefined], what);
    deepStrictEqual([response.aesKey.length, response.members], [0, []], `${what}: no key, no roster`);
  }
});

Deno.test("Join door takes a stranger's ten requests and then one in ten minutes; a repeat that waits takes nothing", () => {
  const buckets = new RateBuckets();
  const waiting = { extra: { ...extra, waiting: [waiter(BOB)] } };
  const ask = (askAgain: boolean, nowNs = NOW_NS) =>
    answerTo({ ...REQUEST, askAgain }, BOB, { ...DOOR, ...waiting }, buckets, nowNs).response;
  for (let i = 0; i < 10; i++) strictEqual(ask(false).status, "pending", `${i}`);
  deepStrictEqual([ask(false).status, ask(false).retryAfterSec], ["throttled", 600n]);
  for (let i = 0; i < 20; i++) strictEqual(ask(true).status, "pending");
  strictEqual(ask(false, NOW_NS + 600n * SEC_NS).status, "pending");
  strictEqual(ask(false, NOW_NS + 601n * SEC_NS).status, "throttled");
  const yearAgoNs = NOW_NS - 31_536_000n * SEC_NS; // our clock was set right
  strictEqual(ask(false, yearAgoNs).status, "throttled");
  strictEqual(ask(false, yearAgoNs + 600n * SEC_NS).status, "pending");
});

Deno.test("Join door takes 64 strangers a minute, whoever they are", () => {
  const buckets = new RateBuckets();
  const status = (i: number) =>
    answerTo(REQUEST, `02${i.toString(16).padStart(64, "0")}`, DOOR, buckets, NOW_NS).response.status;
  const all = Array.from({ length: 70 }, (_, i) => status(i));
  deepStrictEqual([all.filter((one) => one === "pending").length, all[64]], [64, "throttled"]);
});

Deno.test("One stranger that floods a door takes nobody else's turn", () => {
  const buckets = new RateBuckets();
  const status = (from: string) => answerTo(REQUEST, from, DOOR, buckets, NOW_NS).response.status;
  for (let i = 0; i < 1_000; i++) status(BOB);
  strictEqual(status(CAROL), "pending");
});

Deno.test("Join door counts work of this group, this key and this time alone", () => {
  const door = { record: { ...record, joinPowConfigured: true, joinPowBits: BITS } };
  const nowSec = NOW_NS / SEC_NS;
  const workAt = (tsUnix: bigint) => new WorkSearch(record.id, BOB, BITS, tsUnix).step(10_000)!;
  const status = (work: JoinRequest["work"], from = BOB) =>
    answerTo({ ...REQUEST, work }, from, { ...DOOR, ...door }, new RateBuckets(), NOW_NS).response;
  strictEqual(status(workAt(nowSec)).status, "pending");
  for (const off of [-WORK_AGE_SEC - 1n, WORK_AGE_SEC + 1n]) {
    const { status: said, powBits } = status(workAt(nowSec + off));
    deepStrictEqual([said, powBits], ["challenge", BITS]);
  }
  const others = ["dave", "erin", "frank", "grace"].map((name) =>
    status(workAt(nowSec), pairOf(name).pk).status
  );
  deepStrictEqual([...new Set(others)].includes("challenge"), true);
});

Deno.test("Join door gives a member its key again, lets in by link, and puts others on the list with 280 bytes of note", () => {
  const again = asked({}, { isMember: (pk) => pk === BOB });
  deepStrictEqual([again.response.status, again.admit, again.response.aesKey.length], [
    "admitted",
    undefined,
    32,
  ]);
  // Another admin has let it in since it was told no here.
  const isIn = { isMember: () => true, extra: { ...extra, denied: [BOB] } };
  strictEqual(asked({}, isIn).response.status, "admitted");
  const open = asked({}, { extra: { ...extra, openJoin: true } });
  deepStrictEqual([open.response.status, open.admit], ["admitted", true]);
  const { response, wait } = asked({ note: "é".repeat(30_000) }); // as much as a frame holds
  deepStrictEqual([response.status, wait], ["pending", { pk: BOB, note: "é".repeat(140), tsNs: NOW_NS }]);
});

Deno.test("Join door of a public group or channel is open at whichever admin; who does not decide says no policy", () => {
  const at = (kind: "public" | "private" | "channel", more: Partial<Door> = {}) => {
    const made = founded(
      { pk: ALICE, clock: new FakeClock(), random: seededRandom("door"), feedPorts: [] },
      { name: "ops", kind, join: "approval" },
    );
    // Who was promoted has made nothing up about how others come in.
    const door = { record: made.record, extra: { ...made.extra, openJoin: false }, ...more };
    return [asked({ probe: true }, door).response.policy, asked({}, door).response.status];
  };
  for (const kind of ["public", "channel"] as const) {
    deepStrictEqual(at(kind), ["open", "admitted"], kind);
    deepStrictEqual(at(kind, { isAdmin: false }), ["open", "unavailable"], kind);
  }
  deepStrictEqual(at("private"), ["approval", "pending"]);
  deepStrictEqual(at("private", { isAdmin: false }), ["", "unavailable"]);
});
