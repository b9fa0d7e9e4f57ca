import { ok } from "node:assert/strict";
import { replayMux } from "./replay.ts";

const file = JSON.parse(await Deno.readTextFile(new URL("../vectors/dmsg.json", import.meta.url)));

Deno.test("Session repeats the captured sessions of a stock client", async (test) => {
  ok(file.live_capture.connections.length > 0);
  for (const { connection, mux_frames } of file.live_capture.connections) {
    await test.step(connection, () => replayMux(mux_frames));
  }
});
