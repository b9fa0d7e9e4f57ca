/** What was opened has an end, also when something fails before anybody has it. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { listenTcp, tcp } from "../../lib/dmsg/carriers/tcp.ts";
import { SelfDial } from "../../lib/dmsg/reach/self_dial.ts";
import type { Session } from "../../lib/dmsg/sessions/session.ts";
import { Sessions } from "../../lib/dmsg/sessions/sessions.ts";
import { PortTable } from "../../lib/dmsg/streams/ports.ts";
import { sleep, systemClock } from "../../lib/sys/clock.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { Bench, contextOf } from "./bench.ts";

const never = new AbortController().signal;

/** A connection that refuses options, as macOS does it for one whose peer has ended it already. */
function unwilling(conn: Deno.TcpConn): Deno.TcpConn {
  conn.setNoDelay = () => {
    throw new Error("Invalid argument (os error 22)");
  };
  return conn;
}

Deno.test("A connection that takes no option is taken all the same, and so is the next", async () => {
  const { listen, connect } = Deno;
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const listener = listen(options);
    const accept = listener.accept.bind(listener);
    listener.accept = async () => unwilling(await accept());
    return listener;
  }) as typeof Deno.listen;
  Deno.connect =
    (async (options: Deno.ConnectOptions) => unwilling(await connect(options))) as typeof Deno.connect;
  try {
    const listener = listenTcp("127.0.0.1:0");
    const taken: Duplex[] = [];
    const taking = (async () => {
      for await (const { duplex } of listener.connections()) taken.push(duplex);
    })();
    const dialled = [await tcp.dial(listener.address, never), await tcp.dial(listener.address, never)];
    for (const duplex of dialled) await duplex.closeWrite();
    while (taken.length < 2) await sleep(systemClock(), 1);
    for (const duplex of taken) strictEqual(await duplex.read(), null);
    for (const duplex of [...taken, ...dialled]) duplex.close();
    listener.close();
    await taking;
  } finally {
    Deno.listen = listen;
    Deno.connect = connect;
  }
});

Deno.test("A server's socket that is there in the moment in which its time is over is closed", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  let closed = 0;
  const duplex = { close: () => void closed++ } as Duplex;
  const sessions = new Sessions({
    context: contextOf(bench, 1),
    discovery: bench.world.discoveryClient(),
    carriers: [{
      name: "late",
      addressIn: () => "somewhere",
      dial: () => sleep(bench.clock, 5001).then(() => duplex),
    }],
    onStream: () => {},
    onUp: () => {},
    onDown: () => {},
  });
  await rejects(bench.done(sessions.connect(server.pair.pk)), /did not answer within 5000 ms/);
  await bench.clock.advance(10);
  strictEqual(closed, 1);
});

Deno.test("Self-dials without a free port of ours say nothing, and go on when there is one", async () => {
  const bench = new Bench();
  await bench.server(90);
  const ports = new PortTable<undefined>();
  const leases = Array.from({ length: 16_384 }, () => ports.ephemeral());
  const heard: string[] = [];
  const dial = new SelfDial({
    context: contextOf(bench, 1),
    random: bench.world.random("self"),
    ephemeral: () => ports.ephemeral(),
    onHeard: (_session, what) => void heard.push(what),
  });
  const mux = { closed: new Promise(() => {}), ended: false, isLeaving: false, open: () => notOpen() };
  dial.watch({ mux } as unknown as Session);
  await bench.clock.advance(60_000);
  deepStrictEqual(heard, []);
  for (const lease of leases) lease.release();
  await bench.clock.advance(120_000);
  strictEqual(heard[0], "nowhere");
  dial.close();
});

const notOpen = (): never => {
  throw new Error("no stream");
};
