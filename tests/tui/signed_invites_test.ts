/** The page of a group's invites and of those to us: the link as text and QR code, signed ones made, counted and taken back. */
import { deepStrictEqual, match, ok, rejects } from "node:assert/strict";
import { renderUnicodeCompact } from "uqr";
import type { App } from "../../lib/app/app.ts";
import type { GroupView, IssuedInvite } from "../../lib/app/groups/groups.ts";
import { doInvite, doJoin } from "../../tui/effects/issued.ts";
import type { Said } from "../../tui/effects/parts.ts";
import type { InviteTo } from "../../tui/state/shared_types.ts";
import { doShared } from "../../tui/steps/shared.ts";
import { ALICE, BOB, OWN, Stage, withPerson } from "./stage.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const VIEW: GroupView = {
  id: GROUP,
  name: "ops",
  mode: "private",
  kind: "private",
  role: "owner",
  status: "active",
  admin: true,
  members: 2,
};
const LINK = `dmsg:invite:${"A".repeat(300)}`;
const ISSUED: IssuedInvite = {
  id: "3f2a9c01".padEnd(32, "0"),
  group: GROUP,
  inviter: OWN,
  issued: "2026-11-27T14:00:00Z",
  expires: "2026-11-29T14:00:00Z",
  uses: 1,
  used: [ALICE, BOB].map((pk) => ({ pk, by: OWN, ts: "2026-11-27T15:00:00Z" })),
  atMost: 2,
  onlyInviter: false,
  state: "used-up",
};

const inDays = ({ model }: Stage, days: number): string =>
  new Date(model.nowMs + days * 86_400_000).toISOString();

Deno.test("A group's page of invites makes signed ones, shows them with their code, and takes one back", () => {
  const stage = new Stage(100, 60);
  stage.begin();
  stage.tell({ kind: "groups", groups: [VIEW] });
  stage.tell({ kind: "entered", group: GROUP });
  const made = (): unknown =>
    stage.done.filter(({ kind }) => kind === "invite" || kind === "revoke-invite").at(-1);
  stage.type("/invite 3 2d\r");
  deepStrictEqual(made(), { kind: "invite", group: GROUP, terms: { uses: 3, expires: inDays(stage, 2) } });
  const qr = renderUnicodeCompact(LINK, { border: 1 }).split("\n");
  const open: IssuedInvite = { ...ISSUED, id: "aa".repeat(16), used: [], uses: 3, atMost: 6, state: "open" };
  stage.tell({ kind: "invite", group: GROUP, link: LINK, withKey: false, qr, issued: [open, ISSUED] });
  const screen = stage.screen.join("\n");
  ok(screen.includes("dmsg:invite:AAAA") && screen.includes(qr[5].trim()), "text and code");
  stage.type("\x1b[F"); // the end of the page
  const end = stage.screen.join("\n");
  ok(/aaaaaaaa +0 of 3 used, at most 6 by admins/.test(end), end);
  ok(/3f2a9c01 +2 of 1 used \(1 too many\), used up/.test(end), end);
  stage.type("s");
  deepStrictEqual(made(), { kind: "invite", group: GROUP, terms: { uses: 1, expires: inDays(stage, 7) } });
  stage.type("\x1b");
  stage.type("/revoke-invite 3F2A\r");
  deepStrictEqual(made(), { kind: "revoke-invite", group: GROUP, invite: "3f2a" });
  stage.type("/invite many\r");
  ok(stage.screen.join("\n").includes("/invite 3 2d"));
});

Deno.test("The page of invites to us opens by key and by command, makes one, copies it, and says who came", () => {
  const stage = new Stage(100, 60);
  stage.keep(ALICE, { text: "hello" });
  stage.begin();
  const made = (): unknown =>
    stage.done.filter(({ kind }) => kind === "invite" || kind === "revoke-invite").at(-1);
  stage.type("I");
  deepStrictEqual(made(), { kind: "invite" });
  ok(stage.screen.join("\n").includes("One moment"));
  stage.tell({ kind: "invite", withKey: false, qr: [], issued: [] });
  ok(stage.screen.join("\n").includes("s makes one"), stage.screen.join("\n"));
  stage.type("s");
  deepStrictEqual(made(), { kind: "invite", terms: { uses: 1, expires: inDays(stage, 7) } });
  const { group: _group, ...one } = { ...ISSUED, used: [], atMost: 1, state: "open" as const, link: LINK };
  const qr = renderUnicodeCompact(LINK, { border: 1 }).split("\n");
  stage.tell({ kind: "invite", link: LINK, withKey: false, qr, issued: [one] });
  const screen = stage.screen.join("\n");
  ok(screen.includes("Invite to be your contact") && screen.includes("dmsg:invite:AAAA"), screen);
  stage.type("c");
  deepStrictEqual(stage.done.at(-1), { kind: "copy", text: LINK, what: "the invite" });
  stage.type("\x1b");
  stage.type("/invite-me 3 2d\r");
  const event = (detail: Record<string, string>): void =>
    stage.tell({
      kind: "event",
      event: { cursor: 9, ts: "2026-11-27T15:00:00Z", kind: "network", name: "pair-invite", detail },
    });
  deepStrictEqual(made(), { kind: "invite", terms: { uses: 3, expires: inDays(stage, 2) } });
  event({ event: "accepted", peer: BOB, invite: ISSUED.id });
  deepStrictEqual(made(), { kind: "invite" }, "who came is counted");
  ok(stage.screen.join("\n").includes("bob came by your invite: you are paired now"));
  stage.type("\x1b");
  stage.type("/revoke-invite 3F2A\r");
  deepStrictEqual(made(), { kind: "revoke-invite", invite: "3f2a" });
  stage.type("/invite-me many\r");
  ok(stage.screen.join("\n").includes("/invite-me 3 2d"));
  event({ event: "declined", peer: ALICE, invite: ISSUED.id, ended: "used-up" });
  ok(stage.screen.join("\n").includes("The invite of alice lets nobody in any more: used up"));
});

Deno.test("A link is taken up where it is pasted, typed as an invite, or typed as somebody to write to", () => {
  const link = `dmsg:invite:${"B".repeat(40)}`;
  const joins = (stage: Stage): unknown[] => stage.done.filter(({ kind }) => kind === "join");
  for (const typed of ["i", "n"]) {
    const stage = new Stage(80, 24);
    stage.begin();
    stage.type(`${typed}${link}\r`);
    deepStrictEqual(joins(stage), [{ kind: "join", link }], typed);
  }
  const stage = new Stage(80, 24);
  stage.begin();
  stage.type(`\x1b[200~${link}\x1b[201~`);
  ok(stage.screen.join("\n").includes("Take up an invite"), stage.screen.join("\n"));
  stage.type("\r");
  deepStrictEqual(joins(stage), [{ kind: "join", link }]);
});

Deno.test("Why a link lets nobody in any more is said in words", async () => {
  const said: Said[] = [];
  const groups = {
    list: () => Promise.resolve([]),
    join: () => Promise.resolve({ group: GROUP, status: "denied", ended: "used-up" }),
  };
  await doJoin({ groups } as unknown as App, { kind: "join", link: GROUP }, (msg) => said.push(msg));
  const text = "The invite lets nobody in any more: used up";
  deepStrictEqual(said.at(-1), { kind: "said", text, style: "error" });
});

Deno.test("That a key is inside is said of the link that is shown alone, with its code", async () => {
  const open = { ...ISSUED, state: "open", link: `${LINK}B` } as const;
  const app = {
    groups: {
      invite: () => Promise.resolve({ link: `${LINK}C`, withKey: true }),
      issueInvite: () => Promise.resolve({ ...open, link: LINK }),
      issuedInvites: () => Promise.resolve([ISSUED, open]),
    },
    pairs: { issuedInvites: () => Promise.resolve([ISSUED, open]) },
  } as unknown as App;
  const terms = { uses: 1, expires: ISSUED.expires };
  for (
    const [effect, link, withKey] of [
      [{ group: GROUP }, `${LINK}C`, true],
      [{ group: GROUP, terms }, LINK, false],
      [{}, `${LINK}B`, false],
    ] as const
  ) {
    const said: Said[] = [];
    await doInvite(app, { kind: "invite", ...effect }, (msg) => said.push(msg));
    const [shown] = said;
    ok(shown.kind === "invite");
    deepStrictEqual([shown.link, shown.withKey, shown.issued], [link, withKey, [ISSUED, open]]);
    deepStrictEqual(shown.qr, renderUnicodeCompact(link, { border: 1 }).split("\n"));
  }
});

Deno.test("An invite is written into the open conversation: to a group, or to us, also a signed one", async () => {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  const tell = (argument: string) => stage.tell({ kind: "command", name: "send-invite", argument });
  const groups = ["ops", "team 3"].map((name, i) => ({ ...VIEW, id: `${i}${GROUP.slice(1)}`, name }));
  stage.tell({ kind: "groups", groups });
  for (const argument of ["ops", "team 3", "ops 2 3d", "me", "me 5"]) tell(argument);
  const asked = stage.done.flatMap((effect) =>
    effect.kind === "share" && effect.say.in === "invite" && "to" in effect.say ? [effect.say.to] : []
  );
  deepStrictEqual(
    asked.map(({ group, terms }) => [group, terms?.uses]),
    [["ops", undefined], ["team 3", undefined], ["ops", 2], [undefined, undefined], [undefined, 5]],
  );
  tell("");
  match(stage.model.notice!.text, /follows the command/);

  const sent: unknown[] = [];
  const app = {
    pk: OWN,
    groups: { list: () => Promise.resolve(groups) },
    overlays: {
      sendInvite: (request: unknown) => {
        sent.push(request);
        return Promise.resolve({ state: "acked" });
      },
    },
  } as unknown as App;
  const told: Said[] = [];
  const write = (to: InviteTo) =>
    doShared(
      app,
      { kind: "share", id: withPerson(ALICE), view: { show: "invites" }, say: { in: "invite", to } },
      (msg) => told.push(msg),
    );
  await write({ group: "ops" });
  await write({});
  await rejects(write({ group: "nobody" }), /No group is called nobody/);
  const at = { conversation: ALICE, waitMs: 5000 };
  deepStrictEqual(sent, [{ ...at, group: groups[0].id }, { ...at, peer: OWN }]);
  deepStrictEqual(told, [1, 2].map(() => ({ kind: "said", text: "The invite is written" })));
});

Deno.test("How long an invite holds is told by the clock of this place", () => {
  const stage = new Stage(80, 24, { zone: () => 120 });
  stage.begin();
  stage.tell({ kind: "groups", groups: [VIEW] });
  stage.tell({ kind: "entered", group: GROUP });
  stage.type("/invite\r");
  stage.tell({ kind: "invite", group: GROUP, link: LINK, withKey: false, qr: [], issued: [ISSUED] });
  match(stage.screen.join("\n"), /used up, until 2026-11-29\s+16:00/);
});
