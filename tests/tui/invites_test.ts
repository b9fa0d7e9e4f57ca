import { deepStrictEqual, ok } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { InviteState, InviteView } from "../../lib/app/overlays/overlays.ts";
import { encodeOverlay, INVITE, LIST } from "../../lib/overlay/frame.ts";
import { doShared } from "../../tui/steps/shared.ts";
import { ALICE, NOON_MS, Stage, withPerson } from "./stage.ts";

const id = withPerson(ALICE);

const inviteAt = (position: number, state: InviteState, reason?: string): InviteView => ({
  id: "f".repeat(32),
  position,
  author: ALICE,
  ts: new Date(NOON_MS).toISOString(),
  state,
  ...(reason === undefined ? {} : { reason }),
});

const asked = (stage: Stage): unknown[] => stage.done.filter(({ kind }) => kind === "invites");

Deno.test("An invite's frame without a link, and a link in something else that is said, offer nothing", () => {
  const link = `skychat://${ALICE}`;
  for (
    const [overlay, fallback] of [[INVITE, "[invite] to nothing"], [
      LIST,
      `[list] added ${link} to Links`,
    ]] as const
  ) {
    const stage = new Stage(120, 12);
    stage.keep(ALICE, { text: encodeOverlay({ overlay, data: "{}", fallback, extra: {} }) });
    stage.begin();
    stage.type("\r");
    ok(stage.screen.some((row) => row.includes(fallback.slice(0, 12))), stage.screen.join("\n"));
    ok(!stage.screen.some((row) => row.includes("accepts")));
    deepStrictEqual(asked(stage), []);
  }
});

Deno.test("An invite is drawn with where it stands, and asked about again when what we are in changes", () => {
  const stage = new Stage(80, 12);
  stage.keep(ALICE, { text: "look" });
  stage.begin();
  stage.type("\r");
  deepStrictEqual(asked(stage), []);
  stage.receive(ALICE, { text: `[invite] a contact\nskychat://${ALICE}` });
  deepStrictEqual(asked(stage), [{ kind: "invites", id }]);
  const drawn = (...invites: InviteView[]): string => {
    stage.tell({ kind: "invites", id, invites });
    return stage.screen.at(-3)!.trim();
  };
  const keys = "a accepts · N refuses, on the chosen message";
  deepStrictEqual(stage.screen.at(-3)!.trim(), keys);
  deepStrictEqual(drawn(inviteAt(2, "new")), keys);
  deepStrictEqual(drawn(inviteAt(2, "refused")), "refused (a accepts it)");
  deepStrictEqual(drawn(inviteAt(2, "asked")), "asked to be let in: an admin has to approve");
  deepStrictEqual(drawn(inviteAt(2, "used-up")), "used up");
  const toPerson = { ...inviteAt(2, "asked"), offer: { kind: "contact", pk: ALICE } as const };
  deepStrictEqual(drawn(toPerson), "asked: no answer yet");
  deepStrictEqual(drawn(inviteAt(2, "unusable", "cut\x1b[2J off")), "can't be used: cut\\x1b[2J off");
  stage.tell({ kind: "groups", groups: [] });
  deepStrictEqual(asked(stage).length, 2);
  deepStrictEqual(drawn(inviteAt(2, "accepted")), "accepted");
});

Deno.test("Who is let in at once reads that last, and by a signed invite nobody has to approve", async () => {
  const stage = new Stage(80, 12);
  stage.begin();
  const group = "0f".repeat(16);
  const signed = { id: "a", inviter: ALICE, expires: new Date(NOON_MS).toISOString(), uses: 1 };
  const offer = { kind: "group", group, name: "ops", pk: ALICE, withKey: false, signed } as const;
  const notices: (string | undefined)[] = [];
  const app = {
    overlays: {
      answerInvite: () => Promise.resolve({ ...inviteAt(1, "asked"), offer }),
      invites: () => Promise.resolve({ rows: [], total: 0 }),
    },
    groups: {
      list: () => {
        notices.push(stage.model.notice?.text);
        const event: AppEvent = {
          kind: "network",
          name: "group",
          cursor: 1,
          ts: "",
          detail: { event: "admitted", group, name: "ops" },
        };
        stage.tell({ kind: "event", event });
        return Promise.resolve([]);
      },
    },
    peers: { list: () => Promise.resolve([]) },
  } as unknown as App;
  const say = { in: "invite", position: 1, answer: "accept" } as const;
  await doShared(
    app,
    { kind: "share", id, say, view: { show: "invites" } },
    (msg) => stage.tell(msg as Parameters<typeof stage.tell>[0]),
  );
  notices.push(stage.model.notice?.text);
  deepStrictEqual(notices, ["Asked to be let in: no admin has answered yet", "You are in ops now"]);
});
