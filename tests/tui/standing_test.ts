/** What others want of us, and what they have decided. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowText } from "../../tui/drawing/screen.ts";
import { view } from "../../tui/drawing/view.ts";
import type { Effect, Msg } from "../../tui/state/types.ts";
import { update } from "../../tui/steps/update.ts";
import { ALICE, BOB, CAROL, OWN, Stage } from "./stage.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";

function stageWith(more: Record<string, unknown> = {}) {
  const stage = new Stage();
  stage.begin();
  const effects: Effect["kind"][] = [];
  const tell = (msg: Partial<Msg>): void => {
    const [next, all] = update(stage.model, { ...msg, nowMs: stage.nowMs } as Msg);
    stage.model = next;
    effects.push(...all.map(({ kind }) => kind));
  };
  const network = (name: string, detail: Record<string, unknown>): void => {
    effects.length = 0;
    tell({ kind: "event", event: { cursor: 9, ts: "2026-11-27T14:00:00Z", kind: "network", name, detail } });
  };
  const group = {
    id: GROUP,
    name: "ops",
    mode: "private",
    kind: "private",
    role: "owner",
    status: "active",
    admin: true,
    members: 1,
  } as const;
  tell({ kind: "groups", groups: [{ ...group, ...more }] });
  const rows = (): string[] => view(stage.model).rows.map(rowText);
  return { stage, effects, tell, network, rows };
}

Deno.test("Who asks to be let into a group is said, told, and counted beside its name", () => {
  const { stage, effects, network, rows } = stageWith({ asking: 2 });
  network("group", { event: "asked", group: GROUP, name: "ops", peer: ALICE });
  strictEqual(stage.model.notice?.text, "alice asks to be let into ops; /joiners there answers");
  deepStrictEqual(effects, ["bell", "notify", "groups", "joiners"]);
  ok(rows().some((row) => row.includes("ops (2 ask)")));
});

Deno.test("A group that another command has made, changed or left is in the list as it is", () => {
  const { effects, tell, network, rows } = stageWith();
  network("group-changed", { event: "kept", group: "another", name: "walkers" });
  deepStrictEqual(effects, ["groups"]);
  tell({ kind: "joiners", group: GROUP, joiners: [] });
  tell({ kind: "members", group: GROUP, members: [] });
  network("group-changed", { event: "kept", group: GROUP, name: "ops" });
  deepStrictEqual(effects, ["groups", "members", "joiners"]);
  ok(rows().some((row) => row.includes("ops")));
  tell({ kind: "groups", groups: [] });
  ok(!rows().some((row) => row.includes("ops")));
});

Deno.test("Who is put out of a group is told so, and sees it beside its name and above what was said, until it is back", () => {
  const { stage, effects, tell, rows } = stageWith();
  const group = stage.model.groups.get(GROUP)!;
  const stands = (status: typeof group.status): void => {
    effects.length = 0;
    tell({ kind: "groups", groups: [{ ...group, admin: false, status }] });
  };
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  for (
    const [status, said, shown] of [
      ["revoked", "An admin of ops has removed you", "removed"],
      ["banned", "An admin of ops has banned you", "banned"],
    ] as const
  ) {
    stands(status);
    strictEqual(stage.model.notice?.text, said);
    deepStrictEqual(effects.filter((kind) => kind !== "members"), ["bell", "notify"]);
    ok(rows()[0].startsWith(`ops · 6f1c2b1e… · ${shown}`), rows()[0]);
    const listed = view({ ...stage.model, open: undefined, focus: "picker" }).rows.map(rowText);
    ok(listed.some((row) => row.includes(`ops (${shown})`)), listed.join("\n"));
    stage.nowMs += 60_000;
    stands("active");
    strictEqual(stage.model.notice?.text, "You are in ops now");
    ok(!rows().some((row) => row.includes(shown)));
    stage.nowMs += 60_000;
  }
  stands("left"); // that was our own doing
  strictEqual(stage.model.notice?.text, "You are in ops now");
  ok(rows()[0].startsWith("ops · 6f1c2b1e… · left"));
});

Deno.test("Who comes into a group behind what was said of the asking reads that, without a bell", () => {
  const { stage, effects, tell, rows } = stageWith({ status: "pending", admin: false });
  const group = stage.model.groups.get(GROUP)!;
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  tell({ kind: "said", text: "Asked to be let in: no admin has answered yet" });
  ok(rows()[0].includes("not in yet"));
  effects.length = 0;
  tell({ kind: "groups", groups: [{ ...group, status: "active" }] });
  strictEqual(stage.model.notice?.text, "You are in ops now");
  deepStrictEqual(effects.filter((kind) => kind === "bell" || kind === "notify"), []);
});

Deno.test("An admin may step down, and can't take out or ban itself among the members", () => {
  const { stage, tell, rows } = stageWith();
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  const member = (pk: string) => ({ pk, role: "admin", muted: false, presence: "connected" }) as const;
  stage.type("/members\r");
  tell({ kind: "members", group: GROUP, members: [member(OWN), member(ALICE)] });
  const offered = (): string[] => rows().flatMap((row) => row.match(/\d {2}(.*?) *$/)?.[1] ?? []);
  stage.type("\r");
  deepStrictEqual(offered(), ["write to", "no longer an admin"]);
  stage.type("\x1b\x1b[B\r");
  strictEqual(offered().length, 5);
});

Deno.test("No safety word is cut, however narrow the screen is", () => {
  const words = Array.from({ length: 12 }, (_, i) => `mountain${i}`.slice(i < 9 ? 0 : 1).slice(0, 8));
  for (const columns of [20, 29, 30, 39, 40, 80]) {
    const stage = new Stage(columns, 40);
    stage.keep(ALICE, { text: "hello" });
    stage.begin({ alice: ALICE });
    stage.tell({ kind: "command", name: "open", argument: "alice" });
    stage.tell({ kind: "command", name: "verify", argument: "" });
    stage.tell({ kind: "words", peer: ALICE, words, qr: [] });
    const shown = stage.screen.flatMap((row) => row.match(/\b(?:m?ountain\d?)\b/g) ?? []);
    deepStrictEqual(shown, words, stage.screen.join("\n"));
    ok(!stage.screen.some((row) => /ountain.*…/.test(row)), stage.screen.join("\n"));
  }
});

Deno.test("Whoever is out of a group is offered the way back, and comes by its name, too", () => {
  const { stage, tell, rows } = stageWith();
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  const group = stage.model.groups.get(GROUP)!;
  const offered = (status: typeof group.status): string[] => {
    tell({ kind: "groups", groups: [{ ...group, admin: false, status }] });
    stage.model = { ...stage.model, overlays: [] };
    stage.type("/person\r");
    return rows().flatMap((row) => row.match(/\d {2}(.*?) *$/)?.[1] ?? []);
  };
  const [tells, drops] = ["no notices", "drop it here, and all that was said"];
  const names = "tell only what names or answers you";
  deepStrictEqual(offered("active"), ["members", "invite others", names, tells, "leave the group", drops]);
  deepStrictEqual(offered("awaiting_approval"), ["members", tells, "leave the group", drops]);
  for (const status of ["left", "revoked", "banned", "denied"] as const) {
    deepStrictEqual(offered(status), ["members", "come back, or ask for that", tells, drops]);
  }
  stage.type("2");
  deepStrictEqual(stage.done.at(-1), { kind: "join", link: GROUP });
  stage.type("/join ops\r");
  deepStrictEqual(stage.done.at(-1), { kind: "join", link: GROUP });
  tell({ kind: "groups", groups: [group] });
  tell({ kind: "entered", group: GROUP });
  strictEqual(stage.model.notice?.text, "You are in ops now");
});

Deno.test("A group is left or dropped when that was asked, with what it means for the others", () => {
  const { stage, tell, rows } = stageWith({ members: 2 });
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  const member = (pk: string, role: "founder" | "admin" | "member") =>
    ({ pk, role, muted: false, presence: "connected" }) as const;
  const ends = (): boolean => rows().some((row) => row.includes("it ends for the others"));
  stage.type("/leave\r");
  tell({ kind: "members", group: GROUP, members: [member(OWN, "founder"), member(ALICE, "member")] });
  ok(rows().some((row) => row.includes("Leave ops?")) && ends());
  tell({ kind: "members", group: GROUP, members: [member(OWN, "founder"), member(ALICE, "admin")] });
  ok(!ends());
  const kinds = (): string[] => stage.done.map(({ kind }) => kind);
  stage.type("1");
  ok(!kinds().includes("leave"));
  stage.type("/leave\r2");
  deepStrictEqual(stage.done.at(-1), { kind: "leave", group: GROUP });
  stage.type("/forget\r");
  ok(rows().some((row) => row.includes("Drop ops?")));
  stage.type("2");
  deepStrictEqual(stage.done.at(-1), { kind: "drop", group: GROUP });
  strictEqual(stage.model.open, undefined);
});

Deno.test("A command about a person in a group, or the other way round, says so, and only admins know who asks", () => {
  const { stage, tell, rows } = stageWith();
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  stage.type("/block\r");
  strictEqual(stage.model.notice?.text, "That is about a person, and ops is a group");
  tell({ kind: "groups", groups: [{ ...stage.model.groups.get(GROUP)!, admin: false }] });
  tell({ kind: "joiners", group: GROUP, joiners: [] });
  stage.type("/joiners\r");
  ok(rows().some((row) => row.includes("Only admins know")));
  stage.model = { ...stage.model, overlays: [], open: `person:${ALICE}` };
  stage.type("/rotate-key\r");
  strictEqual(stage.model.notice?.text, "That is about a group, and alice is a person");
});

Deno.test("Whom we have blocked is called so above the conversation, too", () => {
  const { stage, tell, rows } = stageWith();
  stage.model = { ...stage.model, open: `person:${ALICE}`, focus: "compose" };
  tell({ kind: "peers", peers: [{ peer: ALICE, blocked: true }] } as never);
  ok(rows()[0].startsWith("alice · 02a1a1a1… · blocked"), rows()[0]);
});

Deno.test("An admin is offered what changes how a member stands, and lets in or unbans whom no list of members has", () => {
  const { stage, tell, rows } = stageWith();
  stage.model = { ...stage.model, open: `group:${GROUP}`, focus: "compose" };
  const offered = (role: "admin" | "member", muted = false): string[] => {
    tell({ kind: "members", group: GROUP, members: [{ pk: ALICE, role, muted, presence: "connected" }] });
    stage.type("/members\r\r");
    const found = rows().flatMap((row) => row.match(/\d {2}(.*?) *$/)?.[1] ?? []);
    stage.model = { ...stage.model, overlays: [] };
    return found;
  };
  const out = ["take out of the group", "take out, and never again in"];
  deepStrictEqual(offered("member"), ["write to", "make an admin", "may not speak", ...out]);
  deepStrictEqual(offered("admin", true), ["write to", "no longer an admin", "may speak again", ...out]);
  stage.type("/unban bob\r");
  deepStrictEqual(stage.done.at(-1), { kind: "moderate", group: GROUP, action: "unban", peer: BOB });
  stage.type(`/add ${CAROL}\r`);
  deepStrictEqual(stage.done.at(-1), { kind: "moderate", group: GROUP, action: "add", peer: CAROL });
  stage.type("/add somebody\r");
  strictEqual(stage.model.notice?.text, "Nobody is called somebody: give the public key, 66 hex characters");
});

Deno.test("A conversation without notices is not told of, and still says it", () => {
  const { stage, effects, network } = stageWith();
  stage.model = { ...stage.model, levels: { [`group:${GROUP}`]: "none" } };
  network("group", { event: "asked", group: GROUP, peer: CAROL });
  deepStrictEqual(effects, ["groups", "joiners"]);
  strictEqual(stage.model.notice?.text, "02cacaca… asks to be let into ops; /joiners there answers");
});

Deno.test("What an admin has decided about us is said", () => {
  const { stage, network } = stageWith();
  const said = ["admitted", "denied", "banned"].map((event) => {
    network("group", { event, group: GROUP });
    return stage.model.notice?.text;
  });
  deepStrictEqual(said, [
    "You are in ops now",
    "An admin of ops does not let you in",
    "An admin of ops has banned you",
  ]);
});

Deno.test("Which node holds the feeds of a group or a pair is said where that is shown", () => {
  const holder = {
    pk: CAROL,
    since: "2026-11-26T09:00:00Z",
    bytes: 3072,
    presence: "connected",
    lastHeard: "2026-11-27T14:00:00Z",
  } as const;
  const words = ["held by 02cacaca… since 2026-11-26", "3.0 KiB of yours, connected, last heard 2026-11-27"];
  const { tell, rows } = stageWith({ holder });
  const isSaid = () => words.every((said) => rows().join(" ").replace(/\s+/g, " ").includes(said));
  tell({ kind: "members", group: GROUP, members: [] });
  for (const name of ["person", "members"]) {
    tell({ kind: "entered", group: GROUP });
    tell({ kind: "command", name, argument: "" });
    ok(isSaid(), `${name}\n${rows().join("\n")}`);
    tell({ kind: "key", key: "esc" });
  }
  tell({ kind: "pairs", pairs: [{ peer: BOB, status: "active", port: 1, waiting: 0, holder }] });
  tell({ kind: "command", name: "open", argument: BOB });
  tell({ kind: "command", name: "person", argument: "" });
  ok(isSaid(), rows().join("\n"));
});

Deno.test("Who asks to be paired is in the picker, and can be agreed with or not", () => {
  const { stage, effects, tell, network, rows } = stageWith();
  network("pair-invite", { event: "received", peer: CAROL });
  strictEqual(stage.model.notice?.text, "02cacaca… asks to be paired; /pair there agrees, /unpair says no");
  deepStrictEqual(effects, ["bell", "notify", "conversations", "pairs"]);
  tell({ kind: "pairs", pairs: [{ peer: CAROL, status: "invited", port: 1, waiting: 0 }] });
  ok(rows().some((row) => row.includes("02cacaca… (pair?)")));
  effects.length = 0;
  tell({ kind: "command", name: "open", argument: CAROL });
  tell({ kind: "command", name: "person", argument: "" });
  ok(rows().some((row) => row.includes("agree to be paired")));
  tell({ kind: "key", key: "esc" });
  effects.length = 0;
  tell({ kind: "command", name: "pair", argument: "" });
  tell({ kind: "command", name: "unpair", argument: "" });
  deepStrictEqual(effects, ["pair", "unpair"]);
  tell({ kind: "pairs", pairs: [{ peer: BOB, status: "active", port: 1, waiting: 0 }] });
  ok(!rows().some((row) => row.includes("(pair?)")));
});

Deno.test("Who writes to somebody while a group is entered goes on writing to them", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "hello" });
  stage.begin();
  stage.type("\r");
  stage.type("to ali");
  const group = {
    id: GROUP,
    name: "ops",
    mode: "private",
    kind: "private",
    role: "member",
    admin: false,
  } as const;
  stage.tell({ kind: "groups", groups: [{ ...group, members: 2, status: "active" }] });
  stage.tell({ kind: "entered", group: GROUP });
  stage.type("ce\r");
  deepStrictEqual(stage.stored.get(ALICE)?.at(-1)?.text, "to alice");
  stage.type("\x1b");
  ok(stage.screen.some((row) => row.includes(group.name)), "it is in the list");
  stage.tell({ kind: "entered", group: GROUP });
  deepStrictEqual(stage.model.open, `group:${GROUP}`, "who writes nothing is led there");
});
