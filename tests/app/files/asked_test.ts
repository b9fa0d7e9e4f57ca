import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { encodeControl, type FileRequest } from "../../../lib/chat/control.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { type Clock, systemClock } from "../../../lib/sys/clock.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { parseOffer } from "../../../lib/xfer/frames.ts";
import { receiveFile } from "../../../lib/xfer/transfer.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { until } from "../contract/support.ts";
import { filePolicy, keyOf, party } from "../local/pair.ts";

/** Alice, the disk with her files, and the network. */
async function alice(clock: Clock = systemClock()) {
  const hub = new ChatHub();
  const disk = new MemoryFileDisk();
  const files = { policy: { ...filePolicy, directory: "/in" }, disk, windows: false };
  const { app } = await party(hub, "alice", clock, { files });
  return { app, disk, hub };
}

Deno.test("A file that was sent goes again to whom it was sent, and its id is no path", async () => {
  const { app, disk, hub } = await alice();
  const [bob, carol] = [keyOf("bob"), keyOf("carol")];
  const [bobs, carols] = [hub.client(bob), hub.client(carol)];
  const offers: string[] = [];
  /** Takes offers, declines them, and says which came. */
  const decline = async (who: string, network: typeof bobs): Promise<void> => {
    for await (const stream of network.listen(64)) {
      const bytes = await stream.read();
      const offer = bytes && parseOffer(bytes.subarray(4));
      offers.push(`${who} ${offer?.name} ${offer?.id}`);
      await stream.write(Uint8Array.of(0, 0, 0, 12, ...utf8('{"ok":false}')));
      stream.close();
    }
  };
  void decline("bob", bobs);
  void decline("carol", carols);
  disk.files.set("/home/plan", utf8("the plan"));
  disk.files.set("/secret", utf8("key"));
  const { id, state } = await app.files.send({ conversation: bob, path: "/home/plan" });
  strictEqual(state, "offered");
  deepStrictEqual(offers.splice(0), [`bob plan ${id}`]);
  const ask = async (network: typeof bobs, ...ids: string[]): Promise<void> => {
    const stream = await network.dial({ pk: app.pk, port: 1 });
    for (const fileId of ids) {
      const frame: FileRequest = { type: "file-request", fileId, fileName: "plan" };
      await stream.write(encodeChatFrame(encodeControl(frame)));
    }
    // What is said behind them has come: so have they.
    await stream.write(encodeChatFrame(utf8("asked")));
    await until(async () =>
      (await app.messages.history({ peer: network.pk, limit: 9 })).some(({ text }) => text === "asked")
    );
  };
  /** What was asked for is looked up beside what comes next, four at a time. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  await app.peers.decide({ peer: carol, accepted: true });
  await ask(carols, id, "../../secret", "/secret", "", "../home/plan");
  await ask(bobs, "../../secret", "/home/plan", `../${id}`, "plan");
  await settled();
  await ask(bobs, id);
  await until(() => Promise.resolve(offers.length > 0));
  deepStrictEqual(offers, [`bob plan ${id}`]);
  deepStrictEqual(hub.dials.filter((dial) => dial.startsWith(app.pk) && dial.includes(carol)), []);
  // Nor is that the last time, once it is over.
  await until(async () => (await app.files.list({ limit: 9 }))[0].state !== "moving");
  await settled();
  await ask(bobs, id);
  await until(() => Promise.resolve(offers.length > 1));
  // Another file by now: nobody was offered that one.
  disk.files.set("/home/plan", utf8("a longer plan"));
  await ask(bobs, id);
  await settled();
  strictEqual(offers.length, 2);
  strictEqual(fromUtf8(disk.files.get("/secret")!), "key");
  await app.close();
});

Deno.test("A file that is there stays sent when it is asked for once more and not taken", async () => {
  const { app, disk, hub } = await alice();
  const network = hub.client(keyOf("bob"));
  const open = (): ReturnType<MemoryFileDisk["create"]> => disk.create("/bob", "plan");
  let offers = 0;
  void (async () => {
    for await (const stream of network.listen(64)) {
      const decided = offers++ === 0 ? { ok: true, open } as const : { ok: false, reason: "here" } as const;
      void receiveFile(stream, app.pk, () => decided, { clock: systemClock(), digest: sha256Stream });
    }
  })();
  disk.files.set("/home/plan", utf8("the plan"));
  const sent = await app.files.send({ conversation: network.pk, path: "/home/plan" });
  strictEqual(sent.state, "sent");
  const stream = await network.dial({ pk: app.pk, port: 1 });
  const frame: FileRequest = { type: "file-request", fileId: sent.id, fileName: "plan" };
  await stream.write(encodeChatFrame(encodeControl(frame)));
  await until(() => Promise.resolve(offers === 2));
  await until(async () => (await app.files.list({ limit: 9 }))[0].state !== "moving");
  deepStrictEqual(await app.files.list({ limit: 9 }), [sent]);
  await app.close();
});

Deno.test("A file goes to a Go program, which takes files of those alone who have a connection to it", async () => {
  const { app, disk, hub } = await alice();
  const network = hub.client(keyOf("bob"));
  const open = (): ReturnType<MemoryFileDisk["create"]> => disk.create("/bob", "plan");
  let connections = 0;
  void (async () => {
    for await (const stream of network.listen(1)) {
      connections++;
      void stream.read().then(() => connections--);
    }
  })();
  void (async () => {
    for await (const stream of network.listen(64)) {
      const decided = connections > 0
        ? { ok: true, open } as const
        : { ok: false, reason: "declined" } as const;
      void receiveFile(stream, app.pk, () => decided, { clock: systemClock(), digest: sha256Stream });
    }
  })();
  for (const name of ["plan", "another"]) {
    disk.files.set(`/home/${name}`, utf8(`the ${name}`));
    strictEqual((await app.files.send({ conversation: network.pk, path: `/home/${name}` })).state, "sent");
  }
  strictEqual(connections, 1, "nor has it more of them than one");
  await app.close();
});

Deno.test("A file whose receiver is being reached is under way, and no longer when its sender ends", async () => {
  const { app, disk, hub } = await alice(new FakeClock());
  disk.files.set("/home/plan", utf8("the plan"));
  hub.hanging = true;
  const conversation = keyOf("bob");
  const sending = app.files.send({ conversation, path: "/home/plan" }).catch((error) => error);
  await until(() => hub.dials.length > 0);
  const [file] = await app.files.list({ conversation, limit: 1 });
  strictEqual(file?.state, "moving");
  strictEqual(file.moved, undefined, "its peer has not been reached: it can't be waited for");
  await app.close();
  ok(await sending instanceof Error);
});

Deno.test("Where no discovery answers a file is tried once: the connection for messages has asked it already", async () => {
  const { app, disk, hub } = await alice();
  disk.files.set("/home/plan", utf8("the plan"));
  const dials = async (reason: "no-network" | "unreachable"): Promise<number> => {
    hub.failures.set(app.pk, new NetworkError(reason, { retry: true, reason }));
    hub.dials.length = 0;
    await rejects(app.files.send({ conversation: keyOf("bob"), path: "/home/plan" }), { reason });
    return hub.dials.length;
  };
  deepStrictEqual([await dials("no-network"), await dials("unreachable")], [1, 2]);
  await app.close();
});

Deno.test("Of many files that are asked for at once each goes, four at a time", async () => {
  const { app, disk, hub } = await alice();
  const network = hub.client(keyOf("bob"));
  const offers: string[] = [];
  // Asked for together, offers are held until four stand open (or all that are left), and a moment longer for a fifth.
  let held: (() => void)[] = [];
  let [together, now, most] = [false, 0, 0];
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      held.push(resolve);
      if (together && held.length < 4 && offers.length + held.length < names.length) return;
      setTimeout(() => {
        for (const go of held) go();
        held = [];
      }, 5);
    });
  const decline = async (): Promise<void> => {
    for await (const stream of network.listen(64)) {
      void (async () => {
        most = Math.max(most, ++now);
        const offer = parseOffer((await stream.read())!.subarray(4));
        await hold();
        offers.push(offer!.name);
        now--;
        await stream.write(Uint8Array.of(0, 0, 0, 12, ...utf8('{"ok":false}')));
        stream.close();
      })();
    }
  };
  void decline();
  const names = Array.from({ length: 9 }, (_, i) => `file-${i}`);
  const ids: string[] = [];
  for (const name of names) {
    disk.files.set(`/home/${name}`, utf8(name));
    ids.push((await app.files.send({ conversation: network.pk, path: `/home/${name}` })).id);
  }
  deepStrictEqual(offers.splice(0), names);
  together = true;
  const stream = await network.dial({ pk: app.pk, port: 1 });
  for (const fileId of ids) {
    const frame: FileRequest = { type: "file-request", fileId, fileName: "some" };
    await stream.write(encodeChatFrame(encodeControl(frame)));
  }
  await until(() => Promise.resolve(offers.length === names.length));
  deepStrictEqual(offers.sort(), names);
  strictEqual(most, 4);
  await app.close();
});

Deno.test("Files of all conversations are listed by time, the newest of all within the limit", async () => {
  const { app, disk } = await alice();
  const names = async (limit: number): Promise<string[]> =>
    (await app.files.list({ limit })).map(({ name }) => name);
  for (const [i, who] of ["bob", "carol", "bob", "carol"].entries()) {
    disk.files.set(`/home/${i}`, utf8("x"));
    await app.files.send({ conversation: keyOf(who), path: `/home/${i}` }).catch(() => {});
  }
  deepStrictEqual(await names(9), ["0", "1", "2", "3"]);
  deepStrictEqual(await names(2), ["2", "3"]);
  deepStrictEqual(await names(3), ["1", "2", "3"]);
  await app.close();
});
