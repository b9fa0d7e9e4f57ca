/** Reading what is longer than the screen in an overlay. */
import { ok, strictEqual } from "node:assert/strict";
import { push } from "../../tui/state/model.ts";
import { Stage } from "./stage.ts";

const KEYS = {
  up: "\x1b[A",
  down: "\x1b[B",
  pageUp: "\x1b[5~",
  pageDown: "\x1b[6~",
  home: "\x1b[H",
  end: "\x1b[F",
};

for (const [columns, rows] of [[40, 10], [80, 24], [100, 30], [200, 60]]) {
  Deno.test(`A long text is read to its last word at ${columns}x${rows}, and each key moves it`, () => {
    const stage = new Stage(columns, rows);
    stage.begin();
    const words = Array.from({ length: 3000 }, (_, i) => `word${i + 1}`);
    stage.model = push(stage.model, "whole", { about: { title: "A post", text: words.join(" ") } });
    const shown = (): number[] =>
      stage.screen.flatMap((row) => [...row.matchAll(/word(\d+)\b/g)]).map(([, n]) => Number(n));
    const press = (key: string): number => {
      stage.type(key);
      return shown()[0];
    };
    strictEqual(press(KEYS.home), 1);
    ok(press(KEYS.end) > 1);
    strictEqual(shown().at(-1), words.length);
    const atEnd = shown()[0];
    ok(press(KEYS.up) < atEnd, "the end is left at once");
    strictEqual(press(KEYS.down), atEnd);
    strictEqual(press(KEYS.down), atEnd, "not beyond it");
    strictEqual(press(KEYS.pageDown), atEnd);
    ok(press(KEYS.pageUp) < atEnd);
    press(KEYS.home);
    let last = shown().at(-1)!;
    while (last < words.length) {
      const first = press(KEYS.pageDown);
      ok(first <= last && shown().at(-1)! > last, "without a hole, and further");
      last = shown().at(-1)!;
    }
    // What has become shorter, or the screen larger, is at its end, and goes up from there.
    stage.resize(columns, rows + 5);
    const bottom = shown()[0];
    ok(press(KEYS.up) < bottom);
  });
}

Deno.test("Help says all of what a key does, also where it is narrow", () => {
  const stage = new Stage(40, 200);
  stage.begin();
  stage.type("?");
  ok(!stage.screen.some((row) => row.includes("…")), stage.screen.join("\n"));
});
