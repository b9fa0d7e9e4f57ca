/** Lists and threads of more rows than are held: 100,000 items, answers 10,000 deep, on 40 columns. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import { widthOf } from "../../tui/drawing/width.ts";
import type { SharedEffect } from "../../tui/state/shared_types.ts";
import { doShared } from "../../tui/steps/shared.ts";
import { ALICE, Stage } from "./stage.ts";

const ITEMS = 100_000;
const DEPTH = 10_000;
const TS = "2026-11-27T10:00:00Z";
const last = { author: ALICE, what: "new", ts: TS };
const id = (n: number): string => n.toString(16).padStart(16, "0");
const list = { id: id(0), name: "All", author: ALICE, ts: TS, archived: false, items: ITEMS, done: 0, last };
const item = (n: number) => ({ id: id(n), text: `item ${n}`, done: false, author: ALICE, ts: TS, last });
const post = (n: number) => ({
  id: id(n),
  author: ALICE,
  ts: TS,
  text: `post ${n}`,
  cut: false,
  depth: n,
  position: n + 1,
  ...(n > 0 && { parent: id(n - 1) }),
});
const root = { ...post(0), replies: DEPTH - 1, unread: 0, lastTs: TS, expired: false };

interface Asked {
  readonly limit: number;
  readonly skip?: number;
  readonly newest?: boolean;
}

/** An App that has as many; parts are asked for, never all. */
function app() {
  const part = (total: number, make: (n: number) => unknown) => ({ limit, skip = 0, newest }: Asked) => {
    ok(limit <= 1000);
    const count = Math.max(0, Math.min(limit, total - skip));
    const rows = Array.from({ length: count }, (_, i) => make(newest ? total - 1 - skip - i : skip + i));
    return Promise.resolve({ total, rows });
  };
  const overlays = {
    lists: part(1, () => list),
    items: part(ITEMS, (n) => item(n + 1)),
    threads: part(1, () => root),
    pinned: () => Promise.resolve([]),
    thread: () => Promise.resolve(root),
    replies: part(DEPTH - 1, (n) => post(n + 1)),
    readThread: () => Promise.resolve(),
  };
  return { overlays } as unknown as App;
}

/** A stage on which what is asked of the App is answered. */
function opened(command: string) {
  const stage = new Stage(40, 16);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  const from = app();
  let done = stage.done.length;
  const settle = async (): Promise<void> => {
    for (; done < stage.done.length; done++) {
      const effect = stage.done[done];
      if (effect.kind === "shared") {
        await doShared(from, effect as SharedEffect, (msg) => stage.tell(msg));
      }
    }
  };
  const type = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      stage.type(key);
      await settle();
    }
  };
  stage.tell({ kind: "command", name: command, argument: "" });
  const chosen = (): string => {
    for (const row of stage.screen) ok(widthOf(row) <= 40, `${widthOf(row)}: ${row}`);
    return stage.screen.find((row) => row.includes("▸"))?.split("▸")[1].replace(/[│ ]+$/, "").trim() ?? "";
  };
  return { stage, type, chosen, settle };
}

const [UP, DOWN, PAGE_DOWN, HOME, END] = ["\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[H", "\x1b[F"];

Deno.test("A list of 100,000 items is gone through from one end to the other", async () => {
  const { stage, type, chosen, settle } = opened("lists");
  await settle();
  await type("\r");
  strictEqual(chosen(), "[ ] item 1");
  ok(stage.screen.some((row) => row.includes("1 to 1,000 of 100,000")));
  await type(END);
  strictEqual(chosen(), "[ ] item 100000");
  ok(stage.screen.some((row) => row.includes("99,001 to 100,000")));
  await type(DOWN, HOME);
  strictEqual(chosen(), "[ ] item 1");
  await type(UP, ...Array(110).fill(PAGE_DOWN));
  const at = Number(chosen().split(" ").at(-1));
  ok(at > 1000 && at <= 1101, `page by page beyond what was held: ${at}`);
  await type(">");
  strictEqual(chosen(), `[ ] item ${at}`, "what was chosen stays chosen");
  await type("<", "<");
  strictEqual(chosen(), "[ ] item 1000", "or what is nearest to it");
});

Deno.test("Answers 10,000 deep are read on 40 columns from the newest up to the first", async () => {
  const { stage, type, chosen, settle } = opened("board");
  await settle();
  await type("\r");
  await type(END);
  strictEqual(chosen(), `${"  ".repeat(0)}alice: post ${DEPTH - 1}`);
  for (let i = 0; i < 19; i++) await type("<");
  await type(HOME, DOWN);
  strictEqual(chosen(), "alice: post 1");
  deepStrictEqual(stage.done.filter(({ kind }) => kind === "shared").length < 40, true);
});
