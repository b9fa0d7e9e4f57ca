/** Runner of the group `overlays` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeOverlay, readOverlay } from "../../../lib/overlay/frame.ts";
import { byMember, each } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Bodies as overlays see them; what is ours is also written again. */
export const skychatOverlays: GroupRunner = (group) =>
  byMember(group, {
    fact: () => [],
    cases: each(({ text }) => text, ({ text, o, d, p, fallback, note: _note, ...rest }) => {
      deepStrictEqual(rest, {}, "members that are not known");
      const body = readOverlay(text);
      deepStrictEqual([body.overlay, body.data], [o, d]);
      if (p !== undefined) strictEqual(body.parent, p);
      if (fallback !== undefined) strictEqual(body.fallback, fallback);
      if (body.form !== "bare") return strictEqual(encodeOverlay(body), text);
      const { overlay, data, parent, extra } = readOverlay(encodeOverlay(body));
      deepStrictEqual([overlay, data, parent, extra], [body.overlay, body.data, body.parent, body.extra]);
      ok(!encodeOverlay(body).startsWith("{"), "a bare frame is read, never written");
    }),
  });
