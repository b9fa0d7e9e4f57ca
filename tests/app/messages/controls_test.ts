import { ok, strictEqual } from "node:assert/strict";
import { CHAT_PORT, Messenger } from "../../../lib/app/messages/messenger.ts";
import { encodeControl } from "../../../lib/chat/control.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { concat } from "../../../lib/wire/bytes.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { quiet } from "../../fakes/quiet.ts";
import { seededRandom } from "../../fakes/random.ts";
import { keyOf } from "../local/pair.ts";

Deno.test("Messenger reads no further while a peer's steps are not dealt with, and misses none", async () => {
  const hub = new ChatHub();
  const open: (() => void)[] = [];
  let heard = 0;
  const messenger = new Messenger({
    network: hub.client(keyOf("alice")),
    clock: new FakeClock(),
    random: seededRandom("controls"),
    onControl: () => {
      heard++;
      return new Promise((resolve) => open.push(resolve));
    },
  });
  const stop = new AbortController();
  const listening = messenger.listen((burst) => burst.map(() => true), stop.signal);
  const stream = await hub.client(keyOf("bob")).dial({ pk: keyOf("alice"), port: CHAT_PORT });
  const frame = encodeChatFrame(encodeControl({ type: "pair-invite", fromPk: keyOf("bob") }));
  const written = stream.write(concat(...Array.from({ length: 5000 }, () => frame)));
  await quiet();
  ok(heard >= 128 && open.length < 500, `${open.length} are open`);
  while (heard < 5000) {
    ok(open.length > 0 && open.length < 500, `${open.length} are open`);
    for (const end of open.splice(0)) end();
    await quiet();
  }
  await written;
  strictEqual(heard, 5000);
  messenger.close();
  stop.abort();
  await listening;
});
