import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { MemberView } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { evidenceOf } from "../../tui/overlays/evidence.ts";
import type { Msg } from "../../tui/state/types.ts";
import { update } from "../../tui/steps/update.ts";
import { ALICE, BOB, CAROL, OWN, Stage } from "./stage.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const TS = "2026-11-27T12:00:00Z";

const member = (pk: string): MemberView => ({ pk, role: "member", muted: false, presence: "connected" });

const MESSAGE: MessageView = {
  peer: GROUP,
  position: 3,
  outgoing: true,
  id: `${OWN}/1`,
  text: "hello",
  ts: TS,
  via: "group",
  state: "sent",
};

Deno.test("Evidence in a group names each member that is known to have it, by what, and who is not", () => {
  const stage = new Stage();
  stage.begin();
  const told = (...all: Partial<Msg>[]): void => {
    for (const msg of all) {
      [stage.model] = update(stage.model, { ...msg, nowMs: stage.nowMs } as Msg);
    }
  };
  const proofs = (): string[] => evidenceOf(stage.model, MESSAGE, undefined).slice(3, -1);
  const nothing = ["It is in our feed; nobody is known to have fetched it"];
  deepStrictEqual(proofs(), nothing);
  told({ kind: "members", group: GROUP, members: [OWN, ALICE, BOB, CAROL].map(member) });
  told({ kind: "evidence", id: MESSAGE.id, known: [] });
  deepStrictEqual(proofs(), nothing);
  const known = [{ pk: ALICE, by: "feed", ts: TS }, { pk: CAROL, by: "fetched", ts: TS }] as const;
  told({ kind: "evidence", id: `${OWN}/2`, known });
  deepStrictEqual(proofs(), nothing, "of another message");
  told({ kind: "evidence", id: MESSAGE.id, known });
  deepStrictEqual(proofs(), [
    "Known to have it: 2 of 3 other members",
    "✓ alice: its own feed names it, 12:00",
    "✓ 02cacaca…: it fetched it from us, 12:00",
    "· bob: nothing is known",
  ]);
});

Deno.test("What waits is asked again while it is shown, when something of it has left or has to wait", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "one", outgoing: true, state: "pending" });
  stage.begin();
  const asked = (): number => stage.done.splice(0).filter(({ kind }) => kind === "outbox").length;
  stage.type("\r");
  stage.state(ALICE, 1, "pending", "nobody is there");
  strictEqual(asked(), 0);
  for (const shows of ["\x1bo", "\ti"]) {
    stage.type(shows);
    strictEqual(asked(), 1);
    stage.state(ALICE, 1, "pending", "nobody is there");
    stage.state(ALICE, 1, "received");
    strictEqual(asked(), 2);
    stage.type("\x1b");
    stage.type("\x1b");
    stage.tell({ kind: "command", name: "open", argument: ALICE });
  }
});
