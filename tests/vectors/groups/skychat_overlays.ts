/** Runner of the group `overlays` of skychat.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CHAT, encodeOverlay, type OverlayBody, readOverlay } from "../../../lib/overlay/frame.ts";
import { goJson, parseGoObject } from "../../../lib/wire/go_json.ts";
import { byMember, each, nothingElse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Bodies as overlays see them; what is ours is also written again. */
export const skychatOverlays: GroupRunner = (group) =>
  byMember(group, {
    cases: each(({ text }) => text, ({ text, o, d, p, fallback, ...rest }) => {
      nothingElse(rest);
      const body = readOverlay(text);
      deepStrictEqual([body.overlay, body.data], [o, d]);
      if (p !== undefined) strictEqual(body.parent, p);
      if (fallback !== undefined) strictEqual(body.fallback, fallback);
      const written = encodeOverlay(body);
      const { overlay, data, parent, extra } = readOverlay(written);
      deepStrictEqual([overlay, data, parent, extra], [body.overlay, body.data, body.parent, body.extra]);
      if (body.form === "bare") {
        ok(written === d || readOverlay(written).form === "framed", "a bare frame is read, never written");
      } else if (isWrittenByUs(text) && !isBareChat(body)) strictEqual(written, text);
    }),
  });

/** Chat that answers nothing: ours writes it without a frame (§h.3). */
const isBareChat = ({ overlay, parent, extra, form }: OverlayBody): boolean =>
  form === "framed" && overlay === CHAT && parent === undefined && Object.keys(extra).length === 0;

/** Whether a body stands as ours writes it: others may have blanks in their frame, or no line before it. */
function isWrittenByUs(text: string): boolean {
  const frame = /\n\u2063(\{.*\})$/.exec(text)?.[1];
  if (frame === undefined) return !text.includes("\u2063");
  const { o, d, p, ...extra } = parseGoObject(frame) as Record<string, unknown>;
  return frame === goJson({ o, d, p, ...extra });
}
