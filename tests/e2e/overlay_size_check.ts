/** Large overlays with the real commands: 1,000 items of a list, answers 10,000 deep. tests/overlay/full_check.ts has more. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BULLETIN, encodeOverlay, LIST } from "../../lib/overlay/frame.ts";
import { personName } from "../../lib/overlay/names.ts";
import { newStage, type Stage } from "../script/script.ts";
import { ALICE, heard } from "./received.ts";

const ITEMS = 1000;
const DEPTH = 10_000;
/** Beyond what `dmsg history` takes at its most, while rows are made: garbage of that, and no more for more messages. */
const MORE_MIB = 80;

/** What alice has said: a list, its items, and a chain of answers that came the deepest first. */
function bodies(): string[] {
  const say = (overlay: number, data: string, s: number, parent?: string): string =>
    encodeOverlay({
      overlay,
      data,
      fallback: data,
      extra: { s },
      ...(parent === undefined ? {} : { parent }),
    });
  const idOf = (body: string): string => personName(ALICE, body).slice(0, 16);
  const list = say(LIST, JSON.stringify({ a: "new", l: "All" }), 1);
  const item = (_: unknown, i: number): string =>
    say(LIST, JSON.stringify({ a: "add", i: `item ${i + 1}` }), 1000 + i, idOf(list));
  const chain: string[] = [];
  for (let i = 0; i < DEPTH; i++) {
    chain.push(say(BULLETIN, `post ${i}`, 1000 + i, i === 0 ? undefined : idOf(chain[i - 1])));
  }
  return [list, ...Array.from({ length: ITEMS }, item), ...chain.reverse()];
}

/** Runs a command line. @returns Its lines, and the most memory that it had, MiB. */
async function run(stage: Stage, line: string): Promise<{ lines: string[]; mib: number }> {
  const { stdout, stderr, status } = await stage.run(
    `${line} & wait_pid=$!; most=0
    while kill -0 $wait_pid 2>/dev/null; do
      now=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$wait_pid/status 2>/dev/null); most=\${now:-$most}; sleep 0.05
    done; wait $wait_pid; status=$?; echo $most >most; exit $status`,
  );
  strictEqual(status, 0, stderr);
  const mib = Number(await Deno.readTextFile(`${stage.home}/most`)) / 1024;
  return { lines: stdout.trimEnd().split("\n"), mib };
}

Deno.test({
  name: "A list of 1,000 items and answers 10,000 deep are shown by the commands, in bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using stage = await newStage();
    await heard(stage, bodies());
    const chat = await run(stage, "dmsg history alice --limit 3");
    deepStrictEqual(chat.lines.map((line) => line.slice(-6)), ["post 2", "post 1", "post 0"]);
    const first = await run(stage, "dmsg list ls alice --json");
    const list = JSON.parse(first.lines[0]);
    deepStrictEqual([list.name, list.items, list.done], ["All", ITEMS, 0]);
    const all = await run(stage, "dmsg list show alice All");
    deepStrictEqual([all.lines.length, all.lines[0], all.lines.at(-1)], [
      ITEMS,
      "  1 [ ] item 1",
      `${ITEMS} [ ] item ${ITEMS}`,
    ]);
    const board = await run(stage, "dmsg board ls alice --json");
    const root = JSON.parse(board.lines[0]);
    deepStrictEqual([root.text, root.replies], ["post 0", DEPTH - 1]);
    const deep = await run(stage, `dmsg board show alice ${root.id} --limit 2 --json`);
    const said = deep.lines.map((line) => JSON.parse(line)).map(({ text, depth }) => [text, depth]);
    deepStrictEqual(said, [["post 0", 0], [`post ${DEPTH - 2}`, DEPTH - 2], [
      `post ${DEPTH - 1}`,
      DEPTH - 1,
    ]]);
    const lines = (await run(stage, `dmsg board show alice ${root.id} --limit 1000`)).lines;
    strictEqual(lines.find((line) => line.length > 100), undefined, "depth does not push the text away");
    for (const { mib } of [first, all, board, deep]) ok(mib <= chat.mib + MORE_MIB, `${mib} MiB`);
  },
});
