import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { encodeControl, type FileRequest } from "../../../lib/chat/control.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { hurriedClock } from "../../fakes/hurried.ts";
import { HURRY, until } from "../contract/support.ts";
import { pairOf } from "../groups/group_world.ts";
import { filePolicy, keyOf, localPair, party } from "../local/pair.ts";

Deno.test("A file of a private group is told to it, and fetched sealed by who is in", async () => {
  const { alice, bob, disk, close } = await localPair();
  try {
    const text = "x".repeat(990);
    disk.files.set("/a/plan", utf8(text));
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "private", join: "link" });
    await bob.groups.join({ link: invite });
    await until(async () => (await bob.groups.list())[0].status === "active");
    const { state, position } = await alice.files.send({ conversation: group, path: "/a/plan" });
    deepStrictEqual([state, position], ["offered", 1]);
    await until(async () => (await bob.files.list({ conversation: group, limit: 9 })).length === 1);
    strictEqual((await bob.files.accept({ conversation: group, position: 1 })).state, "asked");
    await until(async () => (await bob.files.list({ limit: 9 }))[0].state === "kept");
    const [{ path, peer }] = await bob.files.list({ limit: 9 });
    deepStrictEqual([peer, path], [alice.pk, `/bob/${alice.pk}/plan`]);
    strictEqual(fromUtf8(disk.files.get(path!)!), text);
    // Bob knows before alice does. Others may want it as well.
    await until(async () => (await alice.files.list({ limit: 9 }))[0].state === "offered");
  } finally {
    await close();
  }
});

Deno.test("A file that a group was told of goes to nobody who is not in it", async () => {
  const hub = new ChatHub();
  const clock = hurriedClock(HURRY);
  const disk = new MemoryFileDisk();
  const files = (name: string) => ({
    policy: { ...filePolicy, directory: `/${name}` },
    disk,
    windows: false,
  });
  const [{ app: alice }, { app: bob }] = [
    await party(hub, "alice", clock, { own: pairOf("alice"), files: files("alice") }),
    await party(hub, "bob", clock, { own: pairOf("bob"), files: files("bob") }),
  ];
  const carol = hub.client(keyOf("carol"));
  let offers = 0;
  void (async () => {
    for await (const stream of carol.listen(64)) {
      offers++;
      stream.close();
    }
  })();
  try {
    disk.files.set("/a/plan", utf8("the plan"));
    for (const kind of ["private", "public"] as const) {
      const { group, invite } = await alice.groups.create({ name: kind, kind, join: "link" });
      await bob.groups.join({ link: invite });
      await until(async () => (await alice.groups.members({ group })).length === 2);
      const { id } = await alice.files.send({ conversation: group, path: "/a/plan" });
      await alice.peers.decide({ peer: carol.pk, accepted: true });
      const stream = await carol.dial({ pk: alice.pk, port: 1 });
      const frame: FileRequest = { type: "file-request", fileId: id, fileName: "plan" };
      await stream.write(encodeChatFrame(encodeControl(frame)));
      await stream.write(encodeChatFrame(utf8(`asked ${kind}`)));
      await until(async () =>
        (await alice.messages.history({ peer: carol.pk, limit: 9 })).some(({ text }) =>
          text === `asked ${kind}`
        )
      );
      // It is looked up beside what comes next: who is in gets it meanwhile.
      await until(async () => (await bob.files.list({ conversation: group, limit: 9 })).length === 1);
      await bob.files.accept({ conversation: group, position: 1 });
      await until(async () => (await bob.files.list({ conversation: group, limit: 9 }))[0].state === "kept");
    }
    strictEqual(offers, 0);
  } finally {
    await alice.close();
    await bob.close();
  }
});
