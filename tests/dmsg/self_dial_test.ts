/** Which requests of our own key are ours: what self-dials remember. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SelfDial } from "../../lib/dmsg/reach/self_dial.ts";
import { objectHash } from "../../lib/dmsg/streams/request.ts";
import { Bench, contextOf } from "./bench.ts";

function selfDial(): SelfDial {
  const bench = new Bench();
  return new SelfDial({
    context: contextOf(bench, 1),
    ephemeral: () => ({ port: 50_000, release: () => {} }),
    random: bench.world.random("self-dial"),
    onHeard: () => {},
  });
}

const object = (n: number): Uint8Array => Uint8Array.of(n & 0xff, n >> 8);

Deno.test("A self-dial is heard once; the same request again is ours, and one that we did not send is strange", () => {
  const dial = selfDial();
  let heard = 0;
  dial.remember(object(1), () => void heard++);
  dial.remember(object(2));
  const take = (n: number): string => dial.take(objectHash(object(n)));
  deepStrictEqual([take(1), take(1), take(2), take(2), take(3)], [
    "heard",
    "ours",
    "ours",
    "ours",
    "strange",
  ]);
  strictEqual(heard, 1);
});

Deno.test("The last 512 of our own requests are remembered, and no more", () => {
  const dial = selfDial();
  for (let n = 0; n <= 512; n++) dial.remember(object(n));
  deepStrictEqual([0, 1, 512].map((n) => dial.take(objectHash(object(n)))), ["strange", "ours", "ours"]);
});
