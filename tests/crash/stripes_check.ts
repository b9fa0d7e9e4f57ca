import { deepStrictEqual, ok } from "node:assert/strict";
import { BYTES, MIB, SIZE, staged } from "../scp/striped_stage.ts";

/** Streams of a copy. */
const STREAMS = 4;
const POINTS = 50;

for (const direction of ["push", "pull"] as const) {
  Deno.test(`A striped ${direction}, of which a stream breaks at any of ${POINTS} points, is whole or goes on`, async () => {
    for (let point = 0; point < POINTS; point++) {
      const stream = point % STREAMS;
      const most: number[] = [];
      most[stream] = Math.floor((point + 1) / POINTS * SIZE / 2);
      await staged(async (stage) => {
        const [from, to] = direction === "push" ? ["f", "root/f"] : ["root/f", "back"];
        await Deno.writeFile(`${stage.top}/${from}`, BYTES);
        await Deno.writeTextFile(`${stage.top}/${to}`, "the old file");
        const error = await stage[direction]().then(() => undefined, (error: Error) => error);
        const now = await Deno.readFile(`${stage.top}/${to}`);
        if (error === undefined || now.length === SIZE) deepStrictEqual(now, BYTES);
        else deepStrictEqual(new TextDecoder().decode(now), "the old file", `${error}`);
        const streams = stage.moved.length;
        await stage[direction]();
        deepStrictEqual(await Deno.readFile(`${stage.top}/${to}`), BYTES);
        if (error === undefined) return;
        // What is on the way over all streams, and two blocks that are not synced yet, are sent again at most.
        const sum = (moved: readonly number[]): number => moved.reduce((all, count) => all + count, 0);
        const [before, again] = [sum(stage.moved.slice(0, streams)), sum(stage.moved.slice(streams))];
        ok(before + again < SIZE + 5 * MIB, `stream ${stream}: ${before} and ${again} bytes`);
      }, most);
    }
  });
}
