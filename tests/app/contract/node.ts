/**
 * What holds for every {@link AppNode}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { type Define, kind, reason } from "./support.ts";

/** Defines the tests. */
export function nodeContract(test: Define): void {
  test("tells how it stands", async ({ alice, bob }, send) => {
    await send("one");
    const ours = await alice.node.status();
    const { pk, conversations, unread, queued, inbound, outbound, outboundFailed, lastRx } = ours;
    deepStrictEqual(
      { pk, conversations, unread, queued, inbound, outbound, outboundFailed, lastRx },
      {
        pk: alice.pk,
        conversations: 1,
        unread: 0,
        queued: 0,
        inbound: 0,
        outbound: 1,
        outboundFailed: 0,
        lastRx: undefined,
      },
    );
    ok(ours.connections > 0 && ours.peers.length === 1 && ours.peers[0] === bob.pk);
    ok(ours.pid > 0 && ours.uptimeSec >= 0 && ours.lastSend && Array.isArray(ours.servers));
    const theirs = await bob.node.status();
    ok(theirs.inbound === 1 && theirs.unread === 1 && theirs.lastRx);
  });

  test("opens and takes streams", async ({ alice, bob }) => {
    const listener = await bob.node.listen(80);
    await rejects(bob.node.listen(80), kind("busy"));
    const dialled = await alice.node.dial({ pk: bob.pk, port: 80 });
    const taken = (await listener.accept())!;
    strictEqual(taken.remote.pk, alice.pk);
    deepStrictEqual(dialled.remote, { pk: bob.pk, port: 80 });
    ok(await dialled.ping() >= 0);
    await dialled.write(utf8("ping"));
    strictEqual(fromUtf8((await taken.read())!.slice()), "ping");
    await taken.write(utf8("pong"));
    strictEqual(fromUtf8((await dialled.read())!.slice()), "pong");
    await dialled.closeWrite();
    strictEqual(await taken.read(), null);
    taken.close();
    dialled.close();
    listener.close();
    strictEqual(await listener.accept(), null);
    await rejects(alice.node.dial({ pk: bob.pk, port: 81 }), reason("refused"));
  });
}
