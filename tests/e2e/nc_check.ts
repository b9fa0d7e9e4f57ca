import { haveIdentity } from "../script/have_identity.ts";
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest } from "./network.ts";

/** Every byte value, no period that a buffer's size divides. */
function noise(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

networkTest("nc carries 1 MiB of any bytes each way at once, and both sides end with 0", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000", "-N");
  const dialler = network.start("b", "nc", "-N", address);
  const [forth, back] = [noise(1 << 20), noise((1 << 20) + 1)];
  await Promise.all([
    dialler.write(forth).then(() => dialler.end()),
    listener.write(back).then(() => listener.end()),
  ]);
  const [heard, answered] = await Promise.all([listener.ended(), dialler.ended()]);
  deepStrictEqual([heard.status, answered.status], [0, 0]);
  ok(forth.every((byte, i) => byte === heard.stdout[i]) && heard.stdout.length === forth.length);
  ok(back.every((byte, i) => byte === answered.stdout[i]) && answered.stdout.length === back.length);
});

networkTest("nc -N tells the peer of the end of its input and still hears the answer", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000");
  const dialler = network.start("b", "nc", "-N", address);
  await dialler.write("question");
  await dialler.end();
  await listener.prints("stdout", "question");
  await listener.write("answer");
  await listener.end();
  deepStrictEqual(fromUtf8((await dialler.ended()).stdout), "answer");
  deepStrictEqual((await listener.ended()).status, 0);
});

networkTest("nc without -N goes on after the end of its input; -q ends it", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000");
  const dialler = network.start("b", "nc", "-q", "5s", address);
  await dialler.write("all of it");
  await dialler.end();
  await listener.prints("stdout", "all of it");
  await listener.write("in time");
  await dialler.prints("stdout", "in time");
  deepStrictEqual((await dialler.ended()).status, 0);
  await listener.end();
  deepStrictEqual(fromUtf8((await listener.ended()).stdout), "all of it");
});

networkTest("nc -k takes one connection after the other, -l alone only one", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000", "-k", "-v");
  await listener.end();
  for (const word of ["one ", "two"]) {
    const dialler = network.start("b", "nc", "-N", address);
    await dialler.write(word);
    await dialler.end();
    deepStrictEqual((await dialler.ended()).status, 0);
  }
  listener.kill("SIGINT");
  const { status, stdout, stderr } = await listener.ended();
  deepStrictEqual([status, fromUtf8(stdout)], [130, "one two"]);
  match(stderr, /\nConnection from 0[23][0-9a-f]{64}:\d+\nConnection from /);
});

networkTest(
  "nc says that nothing listens on a port (4), and that a peer is not there (3)",
  async (network) => {
    const { process: listener, address } = await network.listener("a", "5000");
    const [pk] = address.split(":");
    const wrongPort = await network.start("b", "nc", `${pk}:5001`).ended();
    deepStrictEqual(wrongPort.status, 4);
    match(wrongPort.stderr, /refused the stream: nothing listens on its port 5001\n/);
    listener.kill("SIGTERM");
    deepStrictEqual((await listener.ended()).status, 143);
    const gone = await network.start("b", "nc", address).ended(); // the listener took its entry back
    deepStrictEqual(gone.status, 3);
    match(gone.stderr, /the discovery has no entry of it/);
  },
);

networkTest("nc says that a killed peer's connection broke (3)", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000");
  const dialler = network.start("b", "nc", address);
  await listener.write("half");
  await dialler.prints("stdout", "half");
  listener.kill("SIGKILL");
  const { status, stderr } = await dialler.ended();
  deepStrictEqual(status, 3);
  match(
    stderr,
    /^Until then: 0 bytes sent, 4 received\ndmsg: The connection to 0[23][0-9a-f]{6}…:5000 broke/m,
  );
});

networkTest(
  "nc that is interrupted midway leaves no end of file: the receiver hears that bytes are missing",
  async (network) => {
    const { process: listener, address } = await network.listener("a", "5000");
    await listener.end();
    const dialler = network.start("b", "nc", "-N", address);
    await dialler.write("half");
    await listener.prints("stdout", "half");
    dialler.kill("SIGINT");
    deepStrictEqual((await dialler.ended()).status, 130);
    deepStrictEqual((await listener.ended()).status, 3);
  },
);

networkTest("nc ends when the reader of its output leaves (5)", async (network) => {
  const { process: listener, address } = await network.listener("a", "5000");
  haveIdentity(network.stage.home, "b");
  const reader = network.stage.run(
    `(dmsg nc --local --identity b ${address}; echo $? >&2) | head -c 10`,
  );
  await Promise.race([listener.write(noise(1 << 20)), listener.ended()]).catch(() => {});
  const { stdout, stderr } = await reader;
  deepStrictEqual([stdout.length > 0, stderr.split("\n").at(-2)], [true, "5"]);
  deepStrictEqual((await listener.ended()).status, 3);
});

networkTest(
  "Beside nc -l its identity pings through it, its port is busy (7), and it answers pings of others",
  async (network) => {
    const { address } = await network.listener("a", "5000");
    const [pk] = address.split(":");
    const own = await network.start("a", "ping", pk, "-n", "1").ended();
    deepStrictEqual([own.status, own.stderr], [0, ""]);
    const second = await network.start("a", "nc", "-l", "5000").ended();
    deepStrictEqual([second.status, second.stderr.split("\n")[0]], [7, "dmsg: Port 5000 is in use"]);
    const mute = await network.start("b", "ping", `${pk}:9`).ended();
    deepStrictEqual([mute.status, fromUtf8(mute.stdout)], [4, ""]);
    match(mute.stderr, /:9 is reachable, but does not answer pings\n$/);
    const ping = await network.start("b", "ping", pk, "-n", "2", "--interval", "0").ended();
    deepStrictEqual(ping.status, 0);
    match(
      fromUtf8(ping.stdout),
      new RegExp(
        `^${pk}: 1 time=[\\d.]+ ms\n${pk}: 2 time=[\\d.]+ ms\n2 sent, 2 answered, min/avg/max [\\d./]+ ms\n$`,
      ),
    );
    const told = await network.start("b", "ping", pk, "-n", "1", "--json").ended();
    const [pong, sum] = fromUtf8(told.stdout).trim().split("\n").map((line) => JSON.parse(line));
    // With names as all other JSON has them, and those that it had.
    deepStrictEqual([pong.time_ms, sum.min_ms, sum.max_ms], [pong.timeMs, sum.minMs, sum.maxMs]);
    deepStrictEqual([pong.pk, sum.pk, sum.answered, typeof sum.avg_ms], [pk, pk, 1, "number"]);
  },
);

for (const port of ["1", "5000"]) {
  networkTest(
    `Behind nc -l ${port} another program takes our messages: its acks are ours, and so is its silence`,
    async (network) => {
      const { process: program, address } = await network.listener("a", port, "-k");
      const send = network.start("b", "send", address, "hello");
      const frame = await program.prints("stdout", `,"body":"hello","ack":true}`);
      const [, id] = /"id":"([0-9a-f]{16})"/.exec(frame)!;
      await program.write(`\0\0\0\x2b{"type":"chat-ack","id":"${id}"}`);
      const acked = await send.ended();
      deepStrictEqual(acked.status, 0, acked.stderr);
      const silent = await network.start("b", "send", address, "hello?", "--wait", "4s").ended();
      deepStrictEqual(silent.status, 1);
      const to = address.replace(/:1$/, "");
      match(silent.stderr, new RegExp(`^Send to ${to} via dmsg not acked: timeout$`, "m"));
    },
  );
}

networkTest(
  "Beside a listen of its identity send reaches another port as well, and keeps nothing of it",
  async (network) => {
    const { process: program, address } = await network.listener("a", "5000");
    const owner = network.start("b", "listen");
    await owner.prints("stderr", "Press Ctrl+C");
    const sent = await network.start("b", "send", address, "hello", "--wait", "0").ended();
    deepStrictEqual([sent.status, fromUtf8(sent.stdout)], [0, `Message sent to ${address} via dmsg\n`]);
    await program.prints("stdout", "\0\0\0\x05hello");
    const history = await network.stage.run("dmsg history --identity b --json");
    deepStrictEqual([history.status, history.stdout], [0, ""]);
  },
);
