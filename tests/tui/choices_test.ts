/** On 40 columns each choice of an overlay is there whole, and its keys are, or what leads to them. */
import { ok } from "node:assert/strict";
import type { GroupView } from "../../lib/app/groups/groups.ts";
import { OVERLAYS } from "../../tui/overlays/mod.ts";
import { bottomRows } from "../../tui/screens/bars.ts";
import { rowText } from "../../tui/drawing/screen.ts";
import { widthOf } from "../../tui/drawing/width.ts";
import { idOf } from "../../tui/state/model.ts";
import type { Model, Overlay } from "../../tui/state/types.ts";
import { EMPTY } from "../../tui/compose/editor.ts";
import { ALICE, BOB, OWN, Stage } from "./stage.ts";

const COLUMNS = 40;
/** An item has a mark before it. */
const ITEM_COLUMNS = COLUMNS - 2;
const GROUP = `02${"9".repeat(64)}`;

Deno.test("On 40 columns each overlay names its first key and the one that leaves, and all others or what leads to them", () => {
  const { model } = narrow();
  for (const [name, { hint, prompt }] of Object.entries(OVERLAYS)) {
    const row = bottomRows(model, COLUMNS, { hint, prompt }).map(rowText).join("");
    const hints = hint.split(" · ");
    ok(!row.endsWith("…") && widthOf(row) <= COLUMNS, `${name}: ${row}`);
    ok(row.endsWith(hints.at(-1)!), `${name}: ${row}`);
    ok(row === hint || row.includes(prompt === undefined ? "? keys" : "F1 keys"), `${name}: ${row}`);
    if (name !== "evidence") ok(row.startsWith(hints[0]), `${name}: ${row}`);
  }
});

Deno.test("On 40 columns the words of each choice are whole, however one stands", () => {
  const { model } = narrow();
  const whole = (name: string, about: Overlay["about"], more: Partial<Model> = {}): void => {
    const overlay: Overlay = { name, input: EMPTY, at: 0, about };
    for (const { text } of OVERLAYS[name].items!({ ...model, ...more }, overlay)) {
      ok(widthOf(text) <= ITEM_COLUMNS, `${name}: ${text}`);
    }
  };
  const id = idOf(ALICE);
  for (const status of [undefined, "invited", "pending", "active"] as const) {
    const pairs = status && new Map([[ALICE, { peer: ALICE, status, port: 1, waiting: 0 }]]);
    for (const blocked of [false, true]) {
      const peers = new Map([[ALICE, { pk: ALICE, blocked, accepted: false, verified: false }]]);
      whole("person", { id }, { peers: peers as unknown as Model["peers"], ...(pairs && { pairs }) });
    }
  }
  for (const status of ["active", "left", "banned"] as const) {
    for (const level of ["all", "mentions", "none"] as const) {
      const group = {
        id: GROUP,
        name: "walkers",
        kind: "private",
        members: 3,
        admin: true,
        status,
        asking: 9,
      };
      const groups = new Map([[GROUP, group as unknown as GroupView]]);
      whole("about-group", { group: GROUP }, { groups, levels: { [`group:${GROUP}`]: level } });
    }
  }
  for (const role of ["member", "admin", "founder"] as const) {
    const group = { id: GROUP, name: "walkers", admin: true, status: "active" } as unknown as GroupView;
    const one = { pk: BOB, role, muted: false };
    const members = new Map([[GROUP, [one, { ...one, pk: OWN }]]]) as unknown as Model["members"];
    whole("member", { group: GROUP, pk: BOB }, { groups: new Map([[GROUP, group]]), members });
    for (const drops of [true, false]) whole("leave", { group: GROUP, drops });
  }
  whole("create-group", {});
  whole("forget", { id });
  for (const { position } of model.threads[id].messages) whole("delete", { position });
});

function narrow(): Stage {
  const stage = new Stage(COLUMNS, 12);
  stage.keep(ALICE, { text: "hello" }, { text: "mine", outgoing: true });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  return stage;
}
