/** Messages of all conversations together. */
import { deepStrictEqual } from "node:assert/strict";
import { readHistory } from "../../../lib/app/messages/history.ts";
import { memoryKind, text, withWorld } from "../../store/support.ts";
import { ANN, BEN, CAT } from "../../store/support.ts";

Deno.test("The newest lines of all are those said last, also behind a clock that was set back", () =>
  withWorld(memoryKind, async ({ store, keep }) => {
    const at = (peer: string, day: number) => text(peer, `day ${day}`, { atNs: BigInt(day) });
    await keep(at(ANN, 5), at(ANN, 1), at(BEN, 2), at(BEN, 3), at(CAT, 4));
    const newest = async (limit: number) =>
      (await readHistory(store.messages, { limit, lines: true })).map(({ body }) => body);
    // What follows on a message keeps its place behind it.
    deepStrictEqual(await newest(2), ["day 5", "day 1"]);
    deepStrictEqual(await newest(3), ["day 4", "day 5", "day 1"]);
  }));
