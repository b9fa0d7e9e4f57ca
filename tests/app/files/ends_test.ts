/** Files of peers whose way is crossed: by a full disk, by a second stream, by another word of the user's. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { sendFile } from "../../../lib/xfer/transfer.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { memoryFile } from "../../fakes/tree.ts";
import { ChatWorld, worldTests } from "../chat_world.ts";
import { FailingPlace } from "../groups/group_world.ts";
import type { FileView } from "../../../lib/app/files/files.ts";
import type { FileEvent } from "../../../lib/app/files/parts.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { filePolicy, keyOf } from "../local/pair.ts";

const PEER = keyOf("peer");

/** One who takes files of a peer that it has accepted. */
class FileWorld extends ChatWorld {
  readonly disk = new MemoryFileDisk();
  readonly rows = new FailingPlace();
  readonly network = this.hub.client(PEER);
  readonly events: FileEvent[] = [];

  async taker() {
    const files = {
      policy: { ...filePolicy, accept: "accepted", quotaBytes: 1e6, directory: "/in" } as const,
      disk: this.disk,
      windows: false,
      onEvent: (event: FileEvent) => void this.events.push(event),
    };
    const app = await this.open("taker", { files, place: (place) => this.rows.around(place) });
    await this.done(app.peers.decide({ peer: PEER, accepted: true }));
    return app;
  }

  async send(to: string, id: string, read = memoryFile(utf8("text")), size = 4n): Promise<string> {
    const offer = { id, name: "f", size, mime: "", from: PEER, group: "" };
    const stream = await this.network.dial({ pk: to, port: 64 });
    const { clock } = this;
    try {
      const outcome = await sendFile(stream, offer, read, { clock, digest: sha256Stream });
      return outcome.kind === "delivered" ? "delivered" : `${outcome.kind}: ${outcome.reason}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

const test = worldTests(FileWorld);

test("A file that could not be taken leaves room for those that come later", async (world) => {
  const app = await world.taker();
  const look = world.disk.look.bind(world.disk);
  world.disk.look = (directory) => {
    world.rows.does = "fails";
    return look(directory);
  };
  for (let i = 0; i < 10; i++) {
    strictEqual(await world.done(world.send(app.pk, `id${i}`)), "declined: it can't be kept here");
    world.rows.does = "works";
  }
  world.disk.look = look;
  strictEqual(await world.done(world.send(app.pk, "id10")), "delivered");
  deepStrictEqual(
    (await world.done(app.files.list({ limit: 99 }))).map(({ state }) => state),
    [...Array.from({ length: 10 }, () => "offered"), "kept"],
  );
});

/** A file of 4 bytes that is read from some moment on. */
function heldBack(until: Promise<void>): ReturnType<typeof memoryFile> {
  const file = memoryFile(utf8("text"));
  const read = file.read.bind(file);
  return { ...file, size: 4, read: (into) => until.then(() => read(into)) };
}

test("A file that comes on a second stream is taken from the first one", async (world) => {
  const app = await world.taker();
  const rest = Promise.withResolvers<void>();
  const first = world.send(app.pk, "id", heldBack(rest.promise));
  await world.pass(100);
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: it is coming already");
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "moving");
  rest.resolve();
  strictEqual(await world.done(first), "delivered");
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "kept");
  deepStrictEqual([...world.disk.files.keys()], [`/in/${PEER}/f`]);
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: it is here already");
});

test("Of two streams that bring one file in the same moment one is taken", async (world) => {
  const app = await world.taker();
  // However long what is loaded first takes: the one that is taken has not come when the other one is judged.
  const both = async (id: string): Promise<string[]> => {
    const rest = Promise.withResolvers<void>();
    const two = [1, 2].map(() => world.send(app.pk, id, heldBack(rest.promise)));
    await world.done(Promise.race(two));
    rest.resolve();
    return (await world.done(Promise.all(two))).sort();
  };
  deepStrictEqual(await both("id"), ["declined: it is coming already", "delivered"]);
  deepStrictEqual([...world.disk.files.keys()], [`/in/${PEER}/f`]);
  // The other one's room is free again, however often that happens.
  for (let i = 0; i < 9; i++) {
    deepStrictEqual(await both(`id${i}`), ["declined: it is coming already", "delivered"]);
  }
});

test("What becomes of a file is told with where it lies below the directory, or its name and why", async (world) => {
  const app = await world.taker();
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: it is here already");
  const reason = "it is here already";
  await world.pass(3000);
  deepStrictEqual(world.events, [
    { event: "file-in", peer: PEER, path: `${PEER}/f`, bytes: 4 },
    { event: "file-refused", peer: PEER, path: "f", bytes: 4, reason },
  ]);
});

test("A file that is refused while it moves is broken off, and what came of it goes", async (world) => {
  const app = await world.taker();
  const never = Promise.withResolvers<void>();
  const slow = { ...memoryFile(utf8("text")), size: 4 };
  const sending = world.send(app.pk, "id", { ...slow, read: () => never.promise.then(() => null) });
  await world.pass(100);
  const [file] = await world.done(app.files.list({ limit: 9 }));
  deepStrictEqual([file.state, world.disk.unfinished], ["moving", 1]);
  await world.done(app.files.refuse(file));
  await world.pass(100);
  deepStrictEqual([world.disk.unfinished, world.disk.files.size], [0, 0], "it is over at once");
  never.resolve();
  await world.done(sending);
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "refused");
});

test("What the user says while a peer is asked for a file holds when that fails", async (world) => {
  const app = await world.taker();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  const [{ conversation, position }] = await world.done(app.files.list({ limit: 9 }));
  world.hub.leave(PEER);
  app.networkEvent({ kind: "registered", servers: ["server"] }); // so it is asked at once
  const accepting = app.files.accept({ conversation, position });
  accepting.catch(() => {});
  while (!world.hub.dials.some((dial) => dial.startsWith(app.pk))) await world.pass(1);
  await world.done(app.files.refuse({ conversation, position }));
  await rejects(world.done(accepting));
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "refused");
});

test("A file that the user has refused is taken only when it is asked for", async (world) => {
  const app = await world.taker();
  void (async () => {
    for await (const stream of world.network.listen(1)) await stream.read();
  })();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  await world.done(app.peers.decide({ peer: PEER, accepted: true }));
  const [{ conversation, position }] = await world.done(app.files.list({ limit: 9 }));
  strictEqual((await world.done(app.files.accept({ conversation, position }))).state, "asked");
  await world.done(app.files.refuse({ conversation, position }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "refused");
  await world.done(app.files.accept({ conversation, position }));
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
});

test("A file that was asked for comes as it was offered, and not longer", async (world) => {
  const app = await world.taker();
  void (async () => {
    for await (const stream of world.network.listen(1)) await stream.read();
  })();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  const [file] = await world.done(app.files.list({ limit: 9 }));
  strictEqual((await world.done(app.files.accept(file))).state, "asked");
  const longer = memoryFile(utf8("another text"));
  strictEqual(await world.done(world.send(app.pk, "id", longer, 12n)), "declined: declined");
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "offered");
  strictEqual((await world.done(app.files.accept(file))).state, "asked");
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
  const [kept] = await world.done(app.files.list({ limit: 9 }));
  deepStrictEqual([kept.state, kept.size], ["kept", 4]);
});

/** Who has refused a file, and has asked for it then at a sender that hears that and sends nothing. */
async function askedFor(world: FileWorld): Promise<{ app: LocalApp; file: FileView }> {
  const app = await world.taker();
  void (async () => {
    for await (const stream of world.network.listen(1)) await stream.read();
  })();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  await world.done(world.send(app.pk, "id"));
  const [file] = await world.done(app.files.list({ limit: 9 }));
  await world.done(app.files.accept(file));
  return { app, file };
}

test("A file that was asked for and does not come in a minute is offered as before, and says why", async (world) => {
  const { app } = await askedFor(world);
  await world.pass(50_000);
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "asked");
  await world.pass(15_000);
  const [after] = await world.done(app.files.list({ limit: 9 }));
  deepStrictEqual([after.state, after.reason], ["offered", "its sender has not sent it again"]);
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined", "too late");
});

test("A file that is asked for once more may come for another minute", async (world) => {
  const { app, file } = await askedFor(world);
  await world.pass(40_000);
  await world.done(app.files.accept(file));
  await world.pass(40_000);
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "asked");
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
});

test("A file is asked for when its sender can find us", async (world) => {
  const app = await world.taker();
  let asked = 0;
  void (async () => {
    for await (const stream of world.network.listen(1)) {
      void (async () => {
        while (await stream.read() !== null) asked++;
      })();
    }
  })();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  const [file] = await world.done(app.files.list({ limit: 9 }));
  const accepting = app.files.accept(file);
  await world.pass(3000);
  strictEqual(asked, 0, "our entry is not posted yet");
  app.networkEvent({ kind: "registered", servers: ["server"] });
  strictEqual((await world.done(accepting)).state, "asked");
  strictEqual(asked, 1);
  await world.done(app.files.refuse(file));
  app.networkEvent({ kind: "registered", servers: [] });
  const again = app.files.accept(file);
  await world.pass(3000);
  await world.done(app.files.refuse(file));
  strictEqual((await world.done(again)).state, "refused", "decided while our entry was not there");
  strictEqual(asked, 1);
  app.files.accept(file).catch(() => {});
  await world.pass(6100);
  strictEqual(asked, 2, "without an entry it is asked for all the same, for what fails is said then");
});

test("A file that lies here is not refused any more, and taking it again is nothing; deleted, it may come again", async (world) => {
  const app = await world.taker();
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
  const [file] = await world.done(app.files.list({ limit: 9 }));
  await rejects(world.done(app.files.refuse(file)), /The file is here already/);
  deepStrictEqual(await world.done(app.files.accept(file)), file);
  deepStrictEqual(await world.done(app.files.list({ limit: 9 })), [file]);
  world.disk.files.delete(file.path!);
  void (async () => {
    for await (const stream of world.network.listen(1)) await stream.read();
  })();
  strictEqual((await world.done(app.files.accept(file))).state, "asked");
  strictEqual(await world.done(world.send(app.pk, "id")), "delivered");
  deepStrictEqual([...world.disk.files.keys()], [file.path]);
});

test("Its sender hears that a file is kept when that is known here, whatever becomes of the program", async (world) => {
  const app = await world.taker();
  const stream = await world.network.dial({ pk: app.pk, port: 64 });
  const offer = { id: "id", name: "f", size: 4n, mime: "", from: PEER, group: "" };
  const { clock } = world;
  // One that does not close when it has the receipt: the receiver waits for that.
  const open = { ...stream, close: () => {} };
  const sent = await world.done(
    sendFile(open, offer, memoryFile(utf8("text")), { clock, digest: sha256Stream }),
  );
  strictEqual(sent.kind, "delivered");
  strictEqual((await world.done(app.files.list({ limit: 9 })))[0].state, "kept");
});

test("A file that was asked for is asked for until it moves, whoever looks while room is made for it", async (world) => {
  const app = await world.taker();
  void (async () => {
    for await (const stream of world.network.listen(1)) await stream.read();
  })();
  await world.done(app.peers.decide({ peer: PEER, accepted: false }));
  strictEqual(await world.done(world.send(app.pk, "id")), "declined: declined");
  const [file] = await world.done(app.files.list({ limit: 9 }));
  const state = async () => (await world.done(app.files.list({ limit: 9 })))[0].state;
  strictEqual((await world.done(app.files.accept(file))).state, "asked");
  const looked = Promise.withResolvers<void>();
  const look = world.disk.look.bind(world.disk);
  world.disk.look = (directory) => looked.promise.then(() => look(directory));
  const sending = world.send(app.pk, "id");
  await world.pass(100);
  strictEqual(await state(), "asked");
  looked.resolve();
  strictEqual(await world.done(sending), "delivered");
  strictEqual(await state(), "kept");
});
