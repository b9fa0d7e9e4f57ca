/** An app that has ended. */
import { rejects, strictEqual } from "node:assert/strict";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { keyOf, party } from "./local/pair.ts";

Deno.test("An app that has ended opens no groups, pairs, overlays or files any more", async () => {
  const clock = new FakeClock();
  const own = generateKeyPair(seededRandom("key alice"));
  const hub = new ChatHub();
  const { app } = await party(hub, "alice", clock, { resident: true, own });
  await app.close();
  const timers = clock.pendingTimers;
  const calls = [
    app.groups.create({ name: "g", kind: "private", join: "approval" }),
    app.pairs.add({ peer: keyOf("bob") } as never),
    app.overlays.lists({ conversation: keyOf("bob") }),
    app.files.list({} as never),
  ];
  for (const call of calls) {
    await rejects(call, (error) => error instanceof NetworkError && error.reason === "closed");
  }
  strictEqual(clock.pendingTimers, timers);
});
