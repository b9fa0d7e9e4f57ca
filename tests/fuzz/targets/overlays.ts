/**
 * Decoders of overlays.
 *
 * @module
 */
import { offerIn } from "../../../lib/app/overlays/invite_links.ts";
import { widgetView } from "../../../lib/app/overlays/overlay_views.ts";
import { MAX_COMMANDS, readCommands, writeCommands } from "../../../lib/overlay/announcement.ts";
import { OverlayEngine } from "../../../lib/overlay/engine.ts";
import { readListAction } from "../../../lib/overlay/folds/list.ts";
import { readPollAction } from "../../../lib/overlay/folds/poll.ts";
import { encodeOverlay, readOverlay } from "../../../lib/overlay/frame.ts";
import { inviteIn } from "../../../lib/overlay/invite.ts";
import { readPace, writePace } from "../../../lib/overlay/pace.ts";
import { readWidget, widgetOf, writeWidget } from "../../../lib/overlay/widget.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { widgetRows } from "../../../tui/drawing/dash_draw.ts";
import { spokenWidget } from "../../../tui/drawing/dash_words.ts";
import { rowText } from "../../../tui/drawing/screen.ts";
import { widthOf } from "../../../tui/drawing/width.ts";
import type { Target } from "../fuzz.ts";
import { invites as signed, skychat, textSeeds } from "../seeds.ts";

const KEY = new Uint8Array(32);
const BOT = `02${"ab".repeat(32)}`;

/** Bodies with frames. */
export const overlayBodies = (): Target => ({
  name: "overlay: body",
  seeds: textSeeds(skychat.overlays, "text"),
  run: (input) => {
    const body = readOverlay(fromUtf8(input));
    const again = readOverlay(encodeOverlay(body));
    if (again.overlay !== body.overlay || again.data !== body.data || again.parent !== body.parent) {
      throw new Error("written and read again it differs");
    }
  },
});

const same = (name: string, data: string, read: (data: string) => unknown): void => {
  const action = read(data);
  if (action === undefined) return;
  const again = JSON.stringify(read(JSON.stringify(action)));
  if (again !== JSON.stringify(action)) throw new Error(`${name}: written and read again it differs`);
};

/** What is said in lists. */
export const listActions = (): Target => ({
  name: "overlay: list action",
  seeds: [
    utf8('{"a":"new","l":"groceries"}'),
    utf8('{"a":"add","i":"milk"}'),
    utf8('{"a":"move","r":"00000000001a8"}'),
    utf8(`{"a":"assign","w":"02${"ab".repeat(32)}"}`),
    utf8('{"a":"rename","i":"eggs"}'),
  ],
  run: (input) => same("list", fromUtf8(input), readListAction),
});

/** What is said of polls. */
export const pollActions = (): Target => ({
  name: "overlay: poll action",
  seeds: [
    utf8('{"a":"new","q":"when?","c":["mon","tue"],"m":true,"u":1764000000000}'),
    utf8('{"a":"vote","v":[0,2]}'),
    utf8('{"a":"close"}'),
  ],
  run: (input) => same("poll", fromUtf8(input), readPollAction),
});

/** A conversation that gets anything, again and again, and loses it. */
export const overlayConversation = (): Target => ({
  name: "overlay: conversation",
  seeds: [
    ...textSeeds(skychat.overlays, "text"),
    utf8('x\n\u2063{"o":1002,"d":"{\\"a\\":\\"new\\",\\"q\\":\\"?\\",\\"c\\":[\\"a\\",\\"b\\"]}","s":5}'),
    utf8(`x\n\u2063{"o":3,"d":"post","p":"${"ab".repeat(8)}","a":"edit","x":9,"s":7}`),
    utf8(
      'x\n\u2063{"o":1001,"d":"{\\"w\\":\\"a\\",\\"k\\":\\"number\\",\\"v\\":1,\\"summary\\":\\"s\\"}","s":7}',
    ),
    utf8('x\n\u2063{"o":1001,"d":"{\\"i\\":30000,\\"b\\":1024}","s":8}'),
    utf8('x\n\u2063{"o":1001,"d":"{\\"c\\":[[\\"up\\"]]}","s":9}'),
  ],
  garbage: true,
  slow: true,
  run: async (input) => {
    const said = (position: number, own: boolean) => ({
      position,
      own,
      author: `0${own ? 2 : 3}${"ab".repeat(32)}`,
      body: fromUtf8(input),
      atMs: 1000,
    });
    const engine = new OverlayEngine({
      scope: "person",
      salt: KEY,
      read: () => Promise.resolve(undefined),
      log: (position) => Promise.resolve(said(position, false)),
    });
    for (const position of [2, 1]) await engine.set(position, said(position, false));
    for (const position of [1, 2]) await engine.set(position, undefined);
    await engine.settle();
    if (engine.take().some(({ value }) => value !== undefined)) {
      throw new Error("something stays of what is gone");
    }
  },
});

/** Commands of bots, and what a conversation takes of them: whatever is read is written as it was, few and short, and shows as it is. */
export const commands = (): Target => ({
  name: "overlay: commands",
  seeds: [
    utf8('{"c":[["uptime","How long it runs"],["restart"]]}'),
    utf8('{"c":[]}'),
    utf8('{"i":30000,"b":1024}'),
    utf8('{"c":[["a","\\u202e"]],"w":"x"}'),
  ],
  run: (input) => {
    const read = readCommands(fromUtf8(input));
    const pace = readPace(fromUtf8(input));
    if (pace !== undefined && readPace(writePace(pace)) === undefined) {
      throw new Error("a pace beyond its limits");
    }
    if (read === undefined) return;
    if (read.length > MAX_COMMANDS) throw new Error("too many");
    if (read.some(({ name, help }) => /[\p{Cc}\p{Cf}]/u.test(name + help))) throw new Error("an unseen sign");
    if (JSON.stringify(readCommands(writeCommands(read))) !== JSON.stringify(read)) {
      throw new Error("written and read again it differs");
    }
  },
});

/** Values of widgets: whatever is one is drawn in 40 to 200 columns and said in words, without a sign that could do harm. */
export const widgets = (): Target => ({
  name: "overlay: widget",
  seeds: [
    utf8('{"w":"load","t":"Load","k":"gauge","v":0.5,"u":"%","max":4,"a":60000,"warn":3,"alarm":4}'),
    utf8('{"w":"d","k":"table","v":[["disk","free"],["/","3 G"]],"info":"i","summary":"s","notify":true}'),
    utf8('{"w":"s","k":"spark","v":[1,2,3e14,-0.5],"u":"\u6e29\u5ea6"}'),
    utf8('{"w":"u","k":"since","v":1700000000000}'),
    utf8('{"w":"x","k":"switch","v":true}'),
  ],
  run: (input) => {
    const widget = readWidget(fromUtf8(input));
    if (widget === undefined) return;
    const written = writeWidget(widget);
    if (JSON.stringify(readWidget(written)) !== JSON.stringify(widget)) {
      throw new Error("written and read again it differs");
    }
    const row = { ...widgetOf(widget), bot: BOT, stamp: 1, history: [] };
    const view = widgetView(row, 5);
    const drawn: string[] = [];
    for (const columns of [40, 80, 200]) {
      const rows = widgetRows(view, 5, columns).map(rowText);
      if (rows.some((line) => widthOf(line) > columns)) throw new Error("wider than it may be");
      drawn.push(...rows);
    }
    const said = spokenWidget(view, 5, String);
    for (const line of [...drawn, ...said]) {
      if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(line)) {
        throw new Error(`harm in ${JSON.stringify(line)}`);
      }
    }
  },
});

/** Texts with links, which are looked at and never followed. */
export const inviteTexts = (): Target => ({
  name: "overlay: invite in a text",
  seeds: [
    ...textSeeds(skychat.invites, "link"),
    ...textSeeds(signed, "link"),
    utf8(`[invite] to talk\nskychat://02${"ab".repeat(32)}`),
    utf8(`see skychat://02${"ab".repeat(32)}/01234567-89ab-cdef-0123-456789abcdef.`),
  ],
  run: (input) => {
    const link = inviteIn(fromUtf8(input));
    if (link !== undefined) offerIn(link);
  },
});
