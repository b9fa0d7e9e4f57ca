/** Who is let in, and who is put out again. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { dmsgError } from "../../lib/dmsg/errors.ts";
import { Doorway } from "../../lib/dmsg/streams/doorway.ts";
import { Listener } from "../../lib/dmsg/streams/listener.ts";
import { PortTable } from "../../lib/dmsg/streams/ports.ts";
import type { StreamRequest } from "../../lib/dmsg/streams/request.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { settle } from "../fakes/clock.ts";

const [US, PEER, OTHER] = ["us", "peer", "other"];

/** A doorway with a listener on port 80, and what became of streams: `reset peer`. */
function setUp(admits: () => boolean | Promise<boolean> = () => true) {
  const log: string[] = [];
  const ports = new PortTable<Listener>();
  const listener: Listener = new Listener(80, () => lease.release());
  const lease = ports.listen(80, listener);
  let whose: "heard" | "ours" | "strange" = "strange";
  const doorway = new Doorway({ pk: US, ports, admits: () => admits(), takeOwn: () => whose });
  /** A stream of a peer; its end is told to `onClose` once, as a real one does. */
  const stream = (pk: string, onClose: () => void): DmsgStream => {
    let isOver = false;
    const close = (): void => {
      if (!isOver) onClose();
      isOver = true;
    };
    const reset = (): void => {
      log.push(`reset ${pk}`);
      close();
    };
    return { remote: { pk, port: 1 }, close, reset } as unknown as DmsgStream;
  };
  /** Lets a stream in, with something done between its two questions. */
  const enter = async (pk: string, meanwhile = (): void => {}): Promise<DmsgStream> => {
    const door = doorway.forStream();
    const request = { source: { pk, port: 1 }, destination: { pk: US, port: 80 } } as StreamRequest;
    if (pk === US) door.isOwn(new Uint8Array(32));
    strictEqual(await door.passes(request), true);
    const admission = door.admit(request.destination);
    meanwhile();
    const one = stream(pk, () => admission.onClose());
    admission.deliver(one);
    await settle();
    return one;
  };
  return { log, ports, listener, doorway, stream, enter, own: (as: typeof whose) => whose = as };
}

Deno.test("A peer that is dropped has its open streams reset, those that it dialled and those that we did, and nobody else's", async () => {
  const { log, doorway, stream, enter } = setUp();
  const first = await enter(PEER);
  await enter(PEER);
  await enter(OTHER);
  let forget = (): void => {};
  const dialled = stream(PEER, () => forget());
  forget = doorway.track(dialled);
  first.close();
  doorway.drop(PEER);
  deepStrictEqual(log, ["reset peer", "reset peer"]);
  doorway.drop(PEER);
  strictEqual(log.length, 2, "none is left");
  await enter(PEER);
  doorway.drop(PEER);
  strictEqual(log.length, 3, "who comes again is known again");
});

Deno.test("Who was let in while somebody was shut out is asked about once more", async () => {
  for (const again of [true, false, "throws"] as const) {
    let asked = 0;
    const { log, doorway, enter } = setUp(() => {
      if (asked++ === 0) return true;
      return again === "throws" ? Promise.reject(new Error("no store")) : again;
    });
    await enter(PEER, () => doorway.drop(PEER));
    deepStrictEqual([asked, log], [2, again === true ? [] : ["reset peer"]]);
  }
  let asked = 0;
  const { doorway, enter } = setUp(() => ++asked > 0);
  doorway.drop(OTHER);
  await enter(PEER);
  strictEqual(asked, 1, "nobody was meanwhile");
});

Deno.test("A door has no way to a port without a listener, and holds the port of one as long as its stream is open", async () => {
  const { ports, listener, doorway, enter } = setUp();
  throws(() => doorway.forStream().admit({ pk: US, port: 81 }), { code: 306 });
  listener.checkRoom = () => {
    throw dmsgError(401);
  };
  throws(() => doorway.forStream().admit({ pk: US, port: 80 }), { code: 401 });
  listener.checkRoom = () => {};
  const one = await enter(PEER);
  strictEqual(await listener.accept(), one);
  listener.close();
  throws(() => ports.listen(80, listener), { code: 400 });
  throws(() => doorway.forStream().admit({ pk: US, port: 80 }), { code: 306 });
  one.close();
  ports.listen(80, listener);
});

Deno.test("A stream of our own key that we did not dial is another program's", async () => {
  const { doorway, enter, own } = setUp();
  strictEqual(doorway.isStrange(await enter(US)), true);
  own("ours");
  strictEqual(doorway.isStrange(await enter(US)), false);
  own("strange");
  strictEqual(doorway.isStrange(await enter(PEER)), false);
  const door = doorway.forStream();
  strictEqual(door.isOwn(new Uint8Array(32)), false);
  own("heard");
  strictEqual(door.isOwn(new Uint8Array(32)), true);
});
