/** The page of a group's invites: the link as text and QR code, signed ones made, counted and taken back. */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { GroupView, IssuedInvite } from "../../lib/app/groups/groups.ts";
import { renderUnicodeCompact } from "uqr";
import { ALICE, BOB, OWN, Stage } from "./stage.ts";

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
