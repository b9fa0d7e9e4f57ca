/** What strangers, hostile admins and hostile links bring to a group's member, each refused and without effect. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { DESCRIBE_PORT, formatSkychatAddress } from "../../../lib/group/record/address.ts";
import {
  encodeDescribeRequest,
  encodeJoinRequest,
  encodeJoinResponse,
  type JoinRequest,
  joinResponse,
} from "../../../lib/group/joining/admission.ts";
import { encodeInvite, type Invite } from "../../../lib/group/joining/invite.ts";
import { encodeRelayRequest } from "../../../lib/group/talk/relay.ts";
import { NO_WORK } from "../../../lib/group/joining/work.ts";
import { concat, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const [MALLORY, BOB] = [pairOf("mallory").pk, pairOf("bob").pk];
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const PORT = 61_234;
const INVITE: Invite = {
  id: GROUP,
  name: "ops",
  ownerPk: MALLORY,
  port: PORT,
  mode: "private",
  kind: "",
  admins: [],
  powBits: 0,
  aesKey: new Uint8Array(0),
};
const asking = (change: Partial<JoinRequest>): Uint8Array =>
  encodeJoinRequest({
    groupId: GROUP,
    requester: MALLORY,
    note: "",
    work: NO_WORK,
    invite: "",
    ratchet: new Uint8Array(0),
    askAgain: false,
    probe: false,
    tsNs: 0n,
    ...change,
  });
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const lengthOnly = (length: number): Uint8Array => {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, length);
  return header;
};

class World extends GroupWorld {
  /** Writes bytes as a stranger. @returns What comes before the end; undefined: it has no end. */
  async says(to: LocalApp, port: number, bytes: Uint8Array): Promise<string | undefined> {
    const stream = await this.hub.client(MALLORY).dial({ pk: to.pk, port });
    await stream.write(bytes).catch(() => {}); // it may be closed already
    const heard = this.#heard(stream);
    await this.pass(1_000);
    const ended = await Promise.race([heard, Promise.resolve(undefined)]);
    stream.close();
    await heard;
    return ended;
  }

  async #heard(stream: AppStream): Promise<string> {
    const parts: Uint8Array[] = [];
    try {
      for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) parts.push(bytes);
    } catch {
      // it was reset
    }
    return fromUtf8(concat(...parts).subarray(4));
  }

  async portOf(app: LocalApp, group: string): Promise<number> {
    return Number((await app.groups.info({ group })).port);
  }

  /** All that a stranger could have changed. */
  async stateOf(app: LocalApp, group: string): Promise<unknown> {
    const { last_message_at: _, ...info } = await app.groups.info({ group });
    return [info, await app.groups.requests({ group }), await this.texts(app, group)];
  }
}

const test = worldTests(World);

const links: Record<string, Partial<Invite>> = {
  "the key of somebody we talk with as its id": { id: BOB },
  "a path as its id": { id: "../../a-b" },
  "an id that is no UUID": { id: "ops" },
  "a port behind which there is none": { port: 65_535 },
};

for (const [what, change] of Object.entries(links)) {
  test(`Joining refuses a link with ${what}, and keeps nothing`, async (world) => {
    const alice = await world.member("alice");
    const join = alice.groups.join({ link: encodeInvite({ ...INVITE, ...change }) });
    await rejects(world.done(join), (error) => (error as UserError).kind === "usage");
    deepStrictEqual([await alice.groups.list(), world.hub.dials], [[], []]);
  });
}

test("Joining writes out what is not seen in a name, and cuts it", async (world) => {
  const alice = await world.member("alice");
  const name = `\u001b[2J\u202e${"é".repeat(100)}`;
  await world.done(alice.groups.join({ link: encodeInvite({ ...INVITE, name }) }));
  const [view] = await alice.groups.list();
  deepStrictEqual(view.name, `\\x1b[2J\\u{202e}${"é".repeat(24)}`);
});

/** At the door of a private group: what a stranger writes, and what it hears; "": the end. */
const atDoor: Record<string, [Uint8Array, RegExp]> = {
  "text without a frame, as programs before frames send": [utf8("hello there"), /^$/],
  "an empty frame": [lengthOnly(0), /^$/],
  "a frame of 65,537 bytes": [concat(lengthOnly(65_537), new Uint8Array(65_537)), /^$/],
  "what is no JSON": [encodeChatFrame(utf8("hello")), /^$/],
  "a kind that there is not": [encodeChatFrame(json({ kind: "give_me_the_key", group_id: GROUP })), /^$/],
  "a request with members of another type": [
    encodeChatFrame(json({ kind: "join_request", group_id: 7, requester_pk: [] })),
    /^$/,
  ],
  "a request for another group": [
    encodeChatFrame(asking({ groupId: GROUP })),
    /"status":"unavailable"/,
  ],
  "a request under another's key": [encodeChatFrame(asking({ requester: BOB })), /"status":"unavailable"/],
  "a message to relay": [
    encodeChatFrame(encodeRelayRequest({ sender: MALLORY, text: "hi", tsNs: 0n, messageId: "" })),
    /^$/,
  ],
  "a profile request": [encodeChatFrame(encodeDescribeRequest("profile_request", 0n)), /^$/],
};

test("Door of a group ends what is no request of its, changes nothing, and serves the next", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const door = await world.portOf(alice, group) + 1;
  for (const app of [alice, bob]) {
    const before = await world.stateOf(app, group);
    for (const [what, [bytes, answer]] of Object.entries(atDoor)) {
      const heard = await world.says(app, door, bytes);
      ok(heard !== undefined && answer.test(heard), `${what}: ${heard}`);
    }
    deepStrictEqual(await world.stateOf(app, group), before);
  }
  const mallory = await world.says(alice, door, encodeChatFrame(asking({ groupId: group })));
  ok(mallory?.includes('"status":"admitted"'), "its own request is heard");
});

test("Door of a group: a probe is told what the group is, and neither key nor roster", async (world) => {
  const { group, apps: [alice] } = await world.group("private", "bob");
  const door = await world.portOf(alice, group) + 1;
  const before = await world.stateOf(alice, group);
  for (const port of [door, DESCRIBE_PORT]) {
    const heard = await world.says(alice, port, encodeChatFrame(asking({ groupId: group, probe: true })));
    const { status, name, aes_key, members, admins } = JSON.parse(heard!);
    deepStrictEqual([status, name, aes_key, members, admins], [
      "info",
      "ops",
      undefined,
      undefined,
      undefined,
    ]);
  }
  deepStrictEqual(await world.stateOf(alice, group), before);
});

test("Describe port answers probes, catalogs and who it is, and nothing else", async (world) => {
  const { group, apps: [alice] } = await world.group("private", "bob");
  const says = (payload: Uint8Array) => world.says(alice, DESCRIBE_PORT, encodeChatFrame(payload));
  const elsewhere = JSON.parse((await says(asking({ groupId: group })))!);
  deepStrictEqual(
    [elsewhere.status, elsewhere.group_id],
    ["unavailable", group],
    "who wants in goes to the door",
  );
  match(elsewhere.reason, /join requests go to the group's own port/);
  deepStrictEqual(await alice.groups.requests({ group }), []);
  const profile = await says(encodeDescribeRequest("profile_request", 0n));
  strictEqual(profile, `{"kind":"profile_response","pk":"${alice.pk}"}`);
  for (
    const no of [utf8("hello"), json({ kind: "profile_response" }), json({ kind: "join_request", ts: 7 })]
  ) {
    strictEqual(await says(no), "");
  }
  ok((await says(asking({ groupId: GROUP, probe: true })))?.includes('"status":"unavailable"'));
  const { entries } = JSON.parse((await says(encodeDescribeRequest("catalog_request", 0n)))!);
  deepStrictEqual(entries, [], "it is not listed");
});

test("Door of a group: 32 strangers that say nothing are let go after 15 s; one more is not let wait", async (world) => {
  const { group, apps: [alice] } = await world.group("private", "bob");
  const door = { pk: alice.pk, port: await world.portOf(alice, group) + 1 };
  const silent = await Promise.all(
    Array.from({ length: 32 }, (_, i) => world.hub.client(pairOf(`stranger ${i}`).pk).dial(door)),
  );
  await world.pass(100);
  const probe = encodeChatFrame(asking({ groupId: group, probe: true }));
  strictEqual(await world.says(alice, door.port, probe), "");
  await world.pass(15_000);
  deepStrictEqual(await world.done(Promise.all(silent.map((stream) => stream.read()))), Array(32).fill(null));
  ok((await world.says(alice, door.port, probe))?.includes('"status":"info"'));
});

/** What an admin answers, and how we stand then. */
const answers: Record<string, [Uint8Array, string]> = {
  "a status that there is not": [
    encodeJoinResponse({ ...joinResponse(GROUP, "info"), status: "sure" }),
    "pending",
  ],
  "an admission with half a key": [
    encodeJoinResponse({ ...joinResponse(GROUP, "admitted"), aesKey: new Uint8Array(16) }),
    "pending",
  ],
  "an answer that is none": [json({ kind: "join_response", group_id: GROUP, status: 7 }), "pending"],
  "another kind of answer": [
    json({ kind: "catalog_response", group_id: GROUP, status: "admitted" }),
    "pending",
  ],
};

for (const [what, [answer, status]] of Object.entries(answers)) {
  test(`Joining stays where it is after ${what}, and asks again`, async (world) => {
    const listener = world.hub.client(MALLORY).listen(PORT + 1);
    let asked = 0;
    const serve = async (): Promise<void> => {
      for await (const stream of listener) {
        asked++;
        await stream.write(encodeChatFrame(answer));
        await stream.closeWrite();
      }
    };
    const served = serve();
    world.atEnd(async () => {
      listener.close();
      await served;
    });
    const alice = await world.member("alice");
    const joined = await world.done(alice.groups.join({ link: encodeInvite(INVITE) }));
    deepStrictEqual([joined.status, asked], [status, 1]);
    strictEqual((await alice.groups.info({ group: GROUP })).key_epoch ?? 0, 0);
    await world.pass(35_000);
    strictEqual(asked, 2);
  });
}

/** A program that takes streams to a port and says nothing. @returns How many it took, and how many of them have an end. */
function silentAt(world: World, port: number): { taken: number; ended: number } {
  const listener = world.hub.client(MALLORY).listen(port);
  const seen = { taken: 0, ended: 0 };
  const serve = async (): Promise<void> => {
    for await (const stream of listener) {
      seen.taken++;
      void (async () => {
        while (await stream.read() !== null);
        seen.ended++;
      })();
    }
  };
  const served = serve();
  world.atEnd(async () => {
    listener.close();
    await served;
  });
  return seen;
}

test("An admin's program that says nothing keeps none of the streams on which it is asked again and again", async (world) => {
  const seen = silentAt(world, PORT + 1);
  const alice = await world.member("alice");
  const joining = world.done(alice.groups.join({ link: encodeInvite(INVITE) }));
  await world.pass(200_000);
  await joining;
  ok(seen.taken >= 3, `${seen.taken}`);
  ok(seen.ended >= seen.taken - 1, `${seen.taken - seen.ended} of ${seen.taken} streams are open`);
});

test("A describe port that says nothing keeps no stream of who asks there", async (world) => {
  const seen = silentAt(world, DESCRIBE_PORT);
  const alice = await world.member("alice");
  const link = formatSkychatAddress({ pk: MALLORY, group: GROUP });
  await rejects(world.done(alice.groups.join({ link })));
  await world.pass(1000);
  deepStrictEqual(seen, { taken: 1, ended: 1 });
});
