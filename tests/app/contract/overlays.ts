/**
 * What holds for the lists, bulletins and polls of every {@link App} whose peer has one too.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import type {
  ConversationId,
  ListChange,
  OverlayReport,
  PartView,
  WidgetUpdate,
} from "../../../lib/app/overlays/overlays.ts";
import { isGroupId } from "../../../lib/app/groups/groups.ts";
import { type Define, until, WAIT_MS } from "./support.ts";
import { UserError } from "../../../lib/wire/errors.ts";

/** When nothing that is new may end. */
const PAST = "2000-01-01T00:00:00Z";

/** Two who talk with each other, and what each calls the conversation. */
export interface Talking {
  readonly alice: App;
  readonly bob: App;
  readonly atAlice: ConversationId;
  readonly atBob: ConversationId;
  /** Waits until something is so. */
  readonly until: (isTrue: () => Promise<boolean>) => Promise<void>;
  /** Waits for something that takes time. */
  readonly done: <T>(promise: Promise<T>) => Promise<T>;
}

const refused = (kind: string) => (error: unknown) => error instanceof UserError && error.kind === kind;
const rows = <T>({ rows }: PartView<T>): readonly T[] => rows;

/** Lists. */
export async function listsHold({ alice, bob, atAlice, atBob, until, done }: Talking): Promise<void> {
  const say = (app: App, change: ListChange): Promise<OverlayReport> =>
    done(app.overlays.changeList({ conversation: app === alice ? atAlice : atBob, waitMs: WAIT_MS, change }));
  const shown = async (app: App, list: string): Promise<string> => {
    const items = rows(await app.overlays.items({ conversation: app === alice ? atAlice : atBob, list }));
    return items.map(({ text, done }) => (done ? "+" : "") + text).join(" ");
  };
  deepStrictEqual(await alice.overlays.lists({ conversation: atAlice }), { rows: [], total: 0 });
  const { id: list, line } = await say(alice, { do: "new", text: "Shopping" });
  strictEqual(line, "[list] made Shopping");
  const milk = await say(alice, { do: "add", list, text: "milk" });
  strictEqual(milk.line, "[list] added milk to Shopping");
  await until(async () => (await bob.overlays.lists({ conversation: atBob })).rows[0]?.items === 1);
  deepStrictEqual((await bob.overlays.lists({ conversation: atBob })).rows[0].id, list, "one id at both");
  const eggs = await say(bob, { do: "add", list, text: "eggs" });
  await say(bob, { do: "check", id: milk.id });
  await say(bob, { do: "move", id: eggs.id, to: "before", beside: milk.id });
  await say(bob, { do: "assign", id: eggs.id, assignee: alice.pk });
  await until(async () => await shown(alice, list) === "eggs +milk");
  await until(async () =>
    rows(await alice.overlays.items({ conversation: atAlice, list }))[0].assignee === alice.pk
  );
  strictEqual(await shown(bob, list), "eggs +milk");
  const at = (position: number) => alice.overlays.place({ conversation: atAlice, position });
  deepStrictEqual(await at(milk.position), { kind: "list", id: milk.id, within: list });
  const checked = await say(alice, { do: "check", id: eggs.id });
  deepStrictEqual(
    await at(checked.position),
    { kind: "list", id: eggs.id, within: list },
    "the item it speaks of",
  );
  await say(alice, { do: "uncheck", id: eggs.id });
  deepStrictEqual(await at(9999), {});
  const said = await alice.overlays.said({ conversation: atAlice, id: milk.id });
  deepStrictEqual(said.map(({ author, what, value }) => [author, what, value]), [[bob.pk, "done", true]]);
  await say(alice, { do: "remove", id: milk.id });
  strictEqual(await shown(alice, list), "eggs");
  await say(alice, { do: "restore", id: milk.id });
  strictEqual(await shown(alice, list), "eggs +milk");
  // What its words meant is gone, or has another name: asked for again it is still the same message.
  const again = (key: string, words: string) =>
    done(alice.overlays.changeListAgain({ conversation: atAlice, waitMs: WAIT_MS, key, words }));
  const once = (key: string, words: string | undefined, change: ListChange) =>
    done(alice.overlays.changeList({ conversation: atAlice, waitMs: WAIT_MS, key, words, change }));
  deepStrictEqual(await again("a1", "add jam"), {});
  const jam = await once("a1", "add jam", { do: "add", list, text: "jam" });
  const gone = await once("r1", "remove jam", { do: "remove", id: jam.id });
  for (const [key, words, first] of [["a1", "add jam", jam], ["r1", "remove jam", gone]] as const) {
    const { report } = await again(key, words);
    deepStrictEqual([report?.id, report?.position, report?.line], [jam.id, first.position, first.line], key);
    deepStrictEqual(await again(key, "check jam"), {}, "who asks for something else is told so");
  }
  await once("c1", undefined, { do: "check", id: eggs.id });
  deepStrictEqual(await again("c1", "check eggs"), {}, "nobody has said in which words");
  await say(alice, { do: "uncheck", id: eggs.id });
  strictEqual(await shown(alice, list), "eggs +milk");
  await say(alice, { do: "rename", id: list, text: "Groceries" });
  await say(alice, { do: "archive", id: list });
  await until(async () =>
    (await bob.overlays.lists({ conversation: atBob, archived: true })).rows[0]?.name === "Groceries"
  );
  strictEqual((await bob.overlays.lists({ conversation: atBob })).total, 0);
  await rejects(say(alice, { do: "check", id: "0".repeat(16) }), refused("usage"));
  await rejects(say(alice, { do: "add", list: "0".repeat(16), text: "x" }), refused("usage"));
  await rejects(say(alice, { do: "new", text: "two\nlines" }), refused("usage"));
  for (const text of ["", "x".repeat(501)]) {
    await rejects(say(alice, { do: "rename", id: eggs.id, text }), refused("usage"));
    await rejects(say(alice, { do: "add", list, text }), refused("usage"));
  }
  for (const id of [list, eggs.id]) {
    const wrong = id === list ? ["check", "uncheck"] as const : ["archive", "unarchive"] as const;
    for (const what of wrong) await rejects(say(alice, { do: what, id }), refused("usage"));
  }
}

/** Bulletins. */
export async function boardsHold({ alice, bob, atAlice, atBob, until, done }: Talking): Promise<void> {
  const [inAlice, inBob] = [{ conversation: atAlice, waitMs: WAIT_MS }, {
    conversation: atBob,
    waitMs: WAIT_MS,
  }];
  const long = `bike ${"x".repeat(900)}\nred`;
  const change = { do: "post", text: long, expires: "2999-01-01T00:00:00Z" } as const;
  const over = { ...change, expires: PAST };
  await rejects(alice.overlays.changeBoard({ ...inAlice, change: over }), refused("usage"));
  const { id } = await done(alice.overlays.changeBoard({ ...inAlice, change }));
  await until(async () => (await bob.overlays.threads({ conversation: atBob })).total === 1);
  const [thread] = rows(await bob.overlays.threads({ conversation: atBob }));
  deepStrictEqual([thread.unread, thread.cut, thread.expires], [1, true, "2999-01-01T00:00:00Z"]);
  strictEqual((await bob.overlays.thread({ conversation: atBob, id })).text, long);
  await bob.overlays.readThread({ conversation: atBob, id });
  strictEqual((await bob.overlays.thread({ conversation: atBob, id })).unread, 0);
  const reply = await done(
    bob.overlays.changeBoard({ ...inBob, change: { do: "reply", id, text: "how much?" } }),
  );
  await until(async () => (await alice.overlays.thread({ conversation: atAlice, id })).replies === 1);
  await done(alice.overlays.changeBoard({ ...inAlice, change: { do: "reply", id: reply.id, text: "50" } }));
  await until(async () => (await bob.overlays.thread({ conversation: atBob, id })).unread === 1);
  const replies = rows(await bob.overlays.replies({ conversation: atBob, id }));
  deepStrictEqual(replies.map(({ text, depth }) => [text, depth]), [["how much?", 1], ["50", 2]]);
  await done(alice.overlays.changeBoard({ ...inAlice, change: { do: "edit", id, text: "sold" } }));
  await done(alice.overlays.changeBoard({ ...inAlice, change: { do: "pin", id } }));
  await until(async () => (await bob.overlays.pinned({ conversation: atBob }))[0]?.text === "sold");
  strictEqual(
    (await bob.overlays.thread({ conversation: atBob, id })).expires,
    "2999-01-01T00:00:00Z",
    "its end stays",
  );
  await rejects(
    bob.overlays.changeBoard({ ...inBob, change: { do: "edit", id, text: "mine" } }),
    refused("refused"),
  );
  await done(bob.overlays.changeBoard({ ...inBob, change: { do: "withdraw", id: reply.id } }));
  await until(async () =>
    rows(await alice.overlays.replies({ conversation: atAlice, id }))[0].text === undefined
  );
}

/** Polls. */
export async function pollsHold({ alice, bob, atAlice, atBob, until, done }: Talking): Promise<void> {
  const [inAlice, inBob] = [{ conversation: atAlice, waitMs: WAIT_MS }, {
    conversation: atBob,
    waitMs: WAIT_MS,
  }];
  const change = { do: "new", text: "When?", choices: ["mon", "tue"] } as const;
  const { id, line } = await done(alice.overlays.changePoll({ ...inAlice, change }));
  strictEqual(line, "[poll] When? 1 mon, 2 tue");
  await done(alice.overlays.changePoll({ ...inAlice, change: { do: "vote", id, votes: [0] } }));
  await until(async () => (await bob.overlays.polls({ conversation: atBob })).rows[0]?.voters === 1);
  await done(bob.overlays.changePoll({ ...inBob, change: { do: "vote", id, votes: [0] } }));
  await done(bob.overlays.changePoll({ ...inBob, change: { do: "vote", id, votes: [1] } }));
  const votes = async (app: App, conversation: ConversationId): Promise<string> =>
    (await app.overlays.polls({ conversation })).rows[0].choices.map(({ votes }) => votes).join(" ");
  await until(async () => await votes(alice, atAlice) === "1 1");
  await rejects(bob.overlays.changePoll({ ...inBob, change: { do: "close", id } }), refused("refused"));
  await rejects(
    bob.overlays.changePoll({ ...inBob, change: { do: "vote", id, votes: [0, 1] } }),
    refused("usage"),
  );
  await done(alice.overlays.changePoll({ ...inAlice, change: { do: "close", id } }));
  await until(async () => (await bob.overlays.polls({ conversation: atBob })).rows[0].over);
  await rejects(
    bob.overlays.changePoll({ ...inBob, change: { do: "vote", id, votes: [0] } }),
    refused("refused"),
  );
  ok(await votes(bob, atBob) === "1 1");
  for (const bad of [{ choices: ["mon", "mon"] }, { until: PAST }]) {
    await rejects(bob.overlays.changePoll({ ...inBob, change: { ...change, ...bad } }), refused("usage"));
  }
}

/** Dashboards. */
export async function dashHolds({ alice, bob, atAlice, atBob, until, done }: Talking): Promise<void> {
  const publish = (widget: WidgetUpdate) =>
    done(alice.overlays.publish({ conversation: atAlice, waitMs: WAIT_MS, widget }));
  const { line } = await publish({
    id: "load",
    kind: "gauge",
    value: 3,
    max: 4,
    warn: 3,
    alarm: 4,
    ageMs: 60_000,
  });
  strictEqual(line, "[dash] load: 3");
  await publish({ id: "up", kind: "switch", value: true, info: "The node is up", summary: "up" });
  deepStrictEqual(await alice.overlays.pace({ conversation: atAlice }), {
    intervalMs: 10_000,
    maxBytes: 4096,
  });
  await until(async () => (await bob.overlays.widgets({ conversation: atBob })).total === 2);
  const [load, up] = rows(await bob.overlays.widgets({ conversation: atBob }));
  deepStrictEqual([load.bot, load.value, load.level, load.stale, load.history], [
    alice.pk,
    3,
    "warning",
    false,
    [3],
  ]);
  deepStrictEqual([up.kind, up.value], ["switch", true]);
  deepStrictEqual(await bob.overlays.summary({ conversation: atBob }), { summary: "up" });
  const told = async (lines?: boolean) =>
    (await bob.messages.history({ peer: atBob, limit: 200, ...(lines ? { lines } : {}) }))
      .filter(({ text }) => text.startsWith("[dash]"));
  deepStrictEqual((await told()).map(({ silent = false }) => silent), [true, false]);
  ok((await told(true)).length === 1 && (await told(true))[0].text.startsWith("[dash] The node is up"));
  const [newest] = (await told()).slice(-1);
  const behind = await bob.messages.history({
    peer: atBob,
    limit: 5,
    lines: true,
    after: newest.position - 1,
  });
  strictEqual(behind[0].position, newest.position);
  deepStrictEqual(await bob.messages.search({ text: "load: 3", peer: atBob, limit: 9 }), []);
  await bob.messages.markRead({ peer: atBob });
  const unread = async () => (await bob.messages.conversations()).find(({ peer }) => peer === atBob)?.unread;
  strictEqual(await unread(), 0);
  await publish({ id: "third", kind: "number", value: 7 });
  await until(async () => (await bob.overlays.widgets({ conversation: atBob })).total === 3);
  strictEqual(await unread(), 0, "a value is nothing to read");
  const announce = (names: readonly string[]) =>
    done(alice.overlays.announce({
      conversation: atAlice,
      waitMs: WAIT_MS,
      commands: names.map((name) => ({ name, help: `Does ${name}` })),
    }));
  strictEqual((await announce(["up", "down"])).line, "[bot] takes /up /down");
  deepStrictEqual(await announce(["up", "down"]), { state: "unchanged", line: "[bot] takes /up /down" });
  await until(async () => (await bob.overlays.commands({ conversation: atBob })).total === 1);
  const [{ bot, commands }] = rows(await bob.overlays.commands({ conversation: atBob }));
  deepStrictEqual([bot, commands[1]], [alice.pk, { name: "down", help: "Does down" }]);
  await rejects(announce(["No"]), refused("usage"));
  await done(alice.overlays.setPace({ conversation: atAlice, waitMs: WAIT_MS, maxBytes: 600 }));
  await until(async () => (await bob.overlays.pace({ conversation: atBob })).by === alice.pk);
  const { intervalMs, maxBytes } = await bob.overlays.pace({ conversation: atBob });
  deepStrictEqual([intervalMs, maxBytes], [10_000, 600]);
  const long = {
    id: "long",
    kind: "text",
    value: "x".repeat(200),
    title: "y".repeat(60),
    info: "日".repeat(25),
  };
  const toBob = { conversation: atBob, waitMs: WAIT_MS, widget: { ...long, kind: "text" } } as const;
  await rejects(
    done(
      bob.overlays.publish({
        ...toBob,
        widget: { ...toBob.widget, summary: "é".repeat(20), unit: "é".repeat(60) },
      }),
    ),
    /takes 600/,
  );
  if (isGroupId(atBob)) {
    await rejects(
      bob.overlays.setPace({ conversation: atBob, waitMs: 0, maxBytes: 4096 }),
      refused("refused"),
    );
  }
  await rejects(
    alice.overlays.setPace({ conversation: atAlice, waitMs: 0, intervalMs: 5 }),
    refused("usage"),
  );
  await rejects(publish({ id: "a/b", kind: "number", value: 1 }), refused("usage"));
  await rejects(publish({ id: "a", kind: "number", value: "x" }), refused("usage"));
}

/** Invites. */
export async function invitesHold({ alice, bob, atAlice, atBob, until, done }: Talking): Promise<void> {
  const carol = `02${"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}`;
  const sent = await done(
    alice.overlays.sendInvite({ conversation: atAlice, waitMs: WAIT_MS, peer: carol }),
  );
  strictEqual(sent.line, "[invite] a contact");
  if (atAlice === bob.pk) {
    await rejects(
      done(alice.overlays.sendInvite({ conversation: atAlice, waitMs: 0, peer: bob.pk })),
      refused("refused"),
    );
  }
  const own = rows(await alice.overlays.invites({ conversation: atAlice }))[0];
  deepStrictEqual([own.state, own.id], ["own", sent.id]);
  const { position: ours } = own;
  await rejects(
    done(alice.overlays.answerInvite({ conversation: atAlice, position: ours, answer: "accept" })),
    refused("refused"),
  );
  await until(async () => (await bob.overlays.invites({ conversation: atBob })).total === 1);
  const now = async () => rows(await bob.overlays.invites({ conversation: atBob }))[0];
  const { position, state, offer, author } = await now();
  deepStrictEqual([state, offer, author], ["new", { kind: "contact", pk: carol }, alice.pk]);
  const answer = (answer: "accept" | "refuse") =>
    done(bob.overlays.answerInvite({ conversation: atBob, position, answer }));
  strictEqual((await answer("refuse")).state, "refused");
  strictEqual((await now()).state, "refused", "it stays so");
  strictEqual((await answer("accept")).state, "accepted");
  strictEqual((await answer("accept")).state, "accepted", "twice is once");
  const { peer, accepted } = (await bob.peers.list()).find(({ peer }) => peer === carol)!;
  deepStrictEqual([peer, accepted], [carol, true]);
  await rejects(answer("refuse"), refused("refused"));
}

/** Defines the tests. */
export function overlaysContract(test: Define): void {
  for (
    const [what, hold] of Object.entries({
      lists: listsHold,
      bulletins: boardsHold,
      polls: pollsHold,
      dashboards: dashHolds,
      invites: invitesHold,
    })
  ) {
    test(`keeps ${what} with a peer`, async ({ alice, bob }) => {
      const done = <T>(promise: Promise<T>): Promise<T> => promise;
      await hold({ alice, bob, atAlice: bob.pk, atBob: alice.pk, until, done });
    });
  }
}
