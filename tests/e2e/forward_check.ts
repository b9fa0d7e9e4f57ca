import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type TestNetwork } from "./network.ts";
import {
  connect,
  eventsIn,
  exposed,
  forwarded,
  readAll,
  tcpService,
  watchMemory,
  writeAll,
} from "./services.ts";

networkTest(
  "forward and expose carry a question with its end, and then the answer; who is not listed is cut off",
  async (network) => {
    await using service = tcpService(async (conn) => {
      const question = await readAllOpen(conn);
      await writeAll(conn, utf8(`${question.length} bytes: ${fromUtf8(question.subarray(0, 5))}`));
    });
    const me = (await network.look("me", "id")).trim();
    const { process, address } = await exposed(network, "host", service.port, "--allow", me);
    const { port, process: forwarder } = await forwarded(network, "me", address);
    const conn = await connect(port);
    await writeAll(conn, new Uint8Array(300_000).fill(0x61));
    await conn.closeWrite();
    strictEqual(fromUtf8(await readAll(conn)), "300000 bytes: aaaaa");

    const stranger = await forwarded(network, "stranger", address);
    const refused = await connect(stranger.port);
    await rejects(readAll(refused), { name: "ConnectionReset" });
    match(await process.prints("stdout", '"refused"'), /"reason":"not on the list"/);
    for (const one of [forwarder, stranger.process, process]) one.kill("SIGINT");
    deepStrictEqual((await process.ended()).status, 130);
    deepStrictEqual((await forwarder.ended()).status, 130);
  },
);

/** To the end of file, and the connection stays open. */
async function readAllOpen(conn: Deno.TcpConn): Promise<Uint8Array> {
  const parts: number[] = [];
  const buffer = new Uint8Array(65536);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    for (const byte of buffer.subarray(0, count)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

/** Requests after which a process has all that it needs, and what it may grow by in all that follow. */
const [WARM, MORE_MIB] = [1000, 32];

/** Answers each connection with what it says, until it ends. */
const echo = (conn: Deno.TcpConn): Promise<void> => conn.readable.pipeTo(conn.writable);

/** A host that lets everybody in, and a port that leads to it. */
async function bridge(network: TestNetwork, port: number, ...flags: string[]) {
  const host = await exposed(network, "host", port, "--anyone", "-v");
  return { host, forward: await forwarded(network, "me", host.address, "-v", ...flags) };
}

networkTest(
  "10,000 requests on 32 connections at once, then 200 connections more, each get their own answer, in bounded memory",
  async (network) => {
    await using service = tcpService(echo);
    const { forward, host } = await bridge(network, service.port);
    let next = 0;
    let grown = await watchMemory();
    await Promise.all(Array.from({ length: 32 }, async () => {
      const conn = await connect(forward.port);
      for (let n = next++; n < 10_000; n = next++) {
        const request = `request ${n}`;
        await writeAll(conn, utf8(request));
        strictEqual(fromUtf8(await readSome(conn, request.length)), request);
        if (n === WARM) grown = await watchMemory(host.process, forward.process);
      }
      await conn.closeWrite();
      strictEqual((await readAll(conn)).length, 0);
    }));
    for (let round = 0; round < 25; round++) {
      await Promise.all(Array.from({ length: 8 }, async (_, n) => {
        const conn = await connect(forward.port);
        await writeAll(conn, utf8(`connection ${round} ${n}`));
        await conn.closeWrite();
        strictEqual(fromUtf8(await readAll(conn)), `connection ${round} ${n}`);
      }));
    }
    await grown(MORE_MIB);
    for (const { process } of [host, forward]) {
      process.kill("SIGTERM");
      const { status, stdout, stderr } = await process.ended();
      deepStrictEqual([status, stderr], [143, ""]);
      const quiet = ["exposing", "forwarding", "closed"];
      deepStrictEqual(eventsIn(stdout).filter(({ event }) => !quiet.includes(String(event))), []);
    }
  },
);

networkTest(
  "A slow reader gets all of 32 MiB, and stops its sender meanwhile; others are not held up",
  async (network) => {
    const sent = { bytes: 0 };
    const piece = new Uint8Array(65536).map((_, i) => i);
    await using service = tcpService(async (conn) => {
      const [kind] = await readSome(conn, 1);
      if (kind === 0x65) return await echo(conn);
      for (; sent.bytes < 32 << 20; sent.bytes += piece.length) await writeAll(conn, piece);
    });
    const { forward } = await bridge(network, service.port);
    const slow = await connect(forward.port);
    await writeAll(slow, utf8("d"));
    await readSome(slow, 1);
    const quick = await connect(forward.port);
    await writeAll(quick, utf8("e and back"));
    await quick.closeWrite();
    strictEqual(fromUtf8(await readAll(quick)), " and back");
    strictEqual(sent.bytes < 32 << 20, true, "the sender was not stopped");
    strictEqual((await readAll(slow)).length, (32 << 20) - 1);
  },
);

networkTest(
  "When one of the two programs is killed, both ends hear of a break and not of an end",
  async (network) => {
    for (const victim of ["host", "me"] as const) {
      const ends = Promise.withResolvers<string>();
      await using service = tcpService(async (conn) => {
        await writeAll(conn, utf8("half"));
        ends.resolve(await readAll(conn).then(() => "end", (error) => error.name));
      });
      const { forward, host } = await bridge(network, service.port);
      const conn = await connect(forward.port);
      strictEqual(fromUtf8(await readSome(conn, 4)), "half");
      (victim === "host" ? host : forward).process.kill("SIGKILL");
      if (victim === "host") await rejects(readAll(conn), { name: "ConnectionReset" });
      else await readAll(conn).catch(() => {}); // its own kernel ends it
      // The other program's kernel ends the connection of the one that was killed.
      strictEqual(await ends.promise, victim === "me" ? "ConnectionReset" : "end");
      for (const { process } of [host, forward]) {
        process.kill("SIGTERM");
        await process.ended();
      }
    }
  },
);

networkTest(
  "A key that is taken off the list loses what it has within 2 s, and comes back when it is listed again",
  async (network) => {
    await using service = tcpService(echo);
    const me = (await network.look("me", "id")).trim();
    const list = `${network.stage.home}/list`;
    await Deno.writeTextFile(list, `# friends\n${me} rw\n`);
    const { process, address } = await exposed(network, "host", service.port, "--whitelist", list);
    const { port } = await forwarded(network, "me", address);
    const conn = await connect(port);
    await writeAll(conn, utf8("still here"));
    strictEqual(fromUtf8(await readSome(conn, 10)), "still here");
    await Deno.writeTextFile(list, `${me} ro\n`);
    await rejects(readAll(conn), { name: "ConnectionReset" });
    const limited = await connect(port);
    await rejects(readAll(limited), { name: "ConnectionReset" });
    await process.prints("stdout", "the list limits it (ro, wo or a directory)");
    await Deno.writeTextFile(list, me);
    const again = await connect(port);
    await writeAll(again, utf8("again"));
    await again.closeWrite();
    strictEqual(fromUtf8(await readAll(again)), "again");
  },
);

networkTest(
  "Behind a daemon of their identities both work as well, and a service that is not there is told",
  async (network) => {
    const service = tcpService(echo);
    for (const identity of ["host", "me"]) await network.resident(identity, "daemon");
    const { host, forward } = await bridge(network, service.port);
    const conn = await connect(forward.port);
    await writeAll(conn, utf8("through two owners"));
    await conn.closeWrite();
    strictEqual(fromUtf8(await readAll(conn)), "through two owners");
    await service[Symbol.asyncDispose]();
    const none = await connect(forward.port);
    await rejects(readAll(none), { name: "ConnectionReset" });
    match(
      await host.process.prints("stdout", '"no-service"'),
      new RegExp(`Cannot connect to 127.0.0.1:${service.port}: nothing listens there`),
    );
    host.process.kill("SIGTERM");
    await host.process.ended();
    const gone = await connect(forward.port);
    await rejects(readAll(gone), { name: "ConnectionReset" });
    match(await forward.process.prints("stdout", '"unreachable"'), /nothing listens on its port 5000/);
  },
);

async function readSome(conn: Deno.TcpConn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const more = await conn.read(bytes.subarray(at));
    if (more === null) throw new Error("an end of file");
    at += more;
  }
  return bytes;
}
