import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { Flag, goAway, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { type SessionIn, type SessionOut, type YamuxLimits, YamuxSession } from "../../lib/yamux/session.ts";
import { bytes, dataFrame, run, show, unsent } from "./helpers.ts";

const { syn, ack, fin, rst } = Flag;
const abc = new Uint8Array([0xa, 0xb, 0xc]);
const client = (limits?: Partial<YamuxLimits>) => new YamuxSession({ role: "client", limits });
const server = (limits?: Partial<YamuxLimits>) => new YamuxSession({ role: "server", limits });
const fatal = (code: string) => ["> GoAway 0 1", `ended ProtocolError peer ${code}`, "close with error"];

/** A client with its stream 1 open and acknowledged. */
function opened(limits?: Partial<YamuxLimits>): YamuxSession {
  const session = client(limits);
  run(session, [{ kind: "open" }, bytes(windowUpdate(1, ack, 0))]);
  return session;
}

const writes = (outs: SessionOut[]) => outs.flatMap((out) => out.kind === "write" ? [toHex(out.bytes)] : []);

// Opening

Deno.test("Session opens with a WindowUpdate SYN of delta 0, byte for byte", () => {
  const session = client();
  const outs = session.handle({ kind: "open" }, 0);
  deepStrictEqual(outs[0], { kind: "opened", id: 1 });
  deepStrictEqual(writes(outs), ["000100010000000100000000"]);
  deepStrictEqual(run(session, [{ kind: "open" }]), ["opened 3", "> Window SYN 3 0"]);
  deepStrictEqual(run(server(), [{ kind: "open" }]), ["opened 2", "> Window SYN 2 0"]);
});

Deno.test("Session answers a SYN at once with ACK", () => {
  const outs = server().handle(bytes(fromHex("000100010000000100000000")), 0);
  deepStrictEqual(outs[0], { kind: "accepted", id: 1 });
  deepStrictEqual(writes(outs), ["000100020000000100000000"]);
});

Deno.test("Session accepts SYN, ACK and FIN on Data frames", () => {
  deepStrictEqual(run(server(), [bytes(dataFrame(1, abc, syn | fin))]), [
    "accepted 1",
    "> Window ACK 1 0",
    "data 1 0a0b0c",
    "fin 1",
  ]);
  const session = client();
  run(session, [{ kind: "open" }]);
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc, ack))]), ["acked 1", "data 1 0a0b0c"]);
});

Deno.test("Session tells of an ACK once, and not for a stream of the peer's", () => {
  deepStrictEqual(run(opened(), [bytes(windowUpdate(1, ack, 0))]), []);
  const session = server();
  run(session, [bytes(windowUpdate(1, syn, 0))]);
  deepStrictEqual(run(session, [bytes(windowUpdate(1, ack, 0))]), []);
});

Deno.test("Session takes credit that comes with SYN or ACK", () => {
  const session = server();
  run(session, [bytes(windowUpdate(1, syn, 100))]);
  strictEqual(session.sendWindow(1), 262_244);
  run(session, [bytes(windowUpdate(1, 0, 0xffffffff - 262_244))]);
  strictEqual(session.sendWindow(1), 0xffffffff);
});

Deno.test("Session refuses opens while the backlog of unacknowledged ones is full", () => {
  const session = client({ backlog: 2 });
  run(session, [{ kind: "open" }, { kind: "open" }]);
  deepStrictEqual(run(session, [{ kind: "open" }]), ["refused"]);
  deepStrictEqual(run(session, [bytes(windowUpdate(3, ack, 0)), { kind: "open" }]), [
    "acked 3",
    "opened 5",
    "> Window SYN 5 0",
  ]);
  deepStrictEqual(run(session, [{ kind: "open" }, { kind: "reset", id: 1 }, { kind: "open" }]), [
    "refused",
    "> Window RST 1 0",
    "opened 7",
    "> Window SYN 7 0",
  ]);
});

Deno.test("Session resets only the stream above the backlog of untaken streams", () => {
  const session = server({ backlog: 2 });
  run(session, [bytes(windowUpdate(1, syn, 0)), bytes(windowUpdate(3, syn, 0))]);
  deepStrictEqual(run(session, [bytes(dataFrame(5, abc, syn)), bytes(windowUpdate(5, fin, 0))]), [
    "> Window RST 5 0",
  ]);
  deepStrictEqual(run(session, [{ kind: "take", id: 1 }, bytes(windowUpdate(7, syn, 0))]), [
    "accepted 7",
    "> Window ACK 7 0",
  ]);
  deepStrictEqual(run(session, [bytes(windowUpdate(9, syn, 0))]), ["> Window RST 9 0"]);
  run(session, [{ kind: "data", id: 3, frame: unsent(abc) }]);
  deepStrictEqual(run(session, [bytes(windowUpdate(9, syn, 0))]), ["accepted 9", "> Window ACK 9 0"]);
  strictEqual(session.streamCount, 4);
});

Deno.test("Session gives one place in the backlog back for each stream of the peer's, and none for ours", () => {
  const session = server({ backlog: 2 });
  run(session, [bytes(windowUpdate(1, syn, 0)), bytes(windowUpdate(3, syn, 0))]);
  run(session, [{ kind: "take", id: 1 }, { kind: "data", id: 1, frame: unsent(abc) }, {
    kind: "fin",
    id: 1,
  }]);
  run(session, [bytes(windowUpdate(1, fin, 0))]);
  const accepts = (id: number) => run(session, [bytes(windowUpdate(id, syn, 0))])[0] === `accepted ${id}`;
  deepStrictEqual([accepts(5), accepts(7)], [true, false], "taken, used and over");
  run(session, [bytes(windowUpdate(3, rst, 0))]);
  deepStrictEqual([accepts(9), accepts(11)], [true, false], "reset before somebody has taken it");
  run(session, [{ kind: "open" }, bytes(windowUpdate(2, ack, 0)), { kind: "reset", id: 2 }]);
  deepStrictEqual(accepts(13), false, "a stream of ours");
});

Deno.test("Session resets streams above maxStreams until one is gone", () => {
  const session = server({ maxStreams: 1 });
  run(session, [bytes(windowUpdate(1, syn, 0)), { kind: "take", id: 1 }]);
  deepStrictEqual(run(session, [bytes(windowUpdate(3, syn, 0))]), ["> Window RST 3 0"]);
  deepStrictEqual(run(session, [{ kind: "open" }]), ["opened 2", "> Window SYN 2 0"]);
  run(session, [{ kind: "reset", id: 2 }]);
  deepStrictEqual(run(session, [bytes(windowUpdate(3, syn, 0))]), ["> Window RST 3 0"]);
  run(session, [bytes(windowUpdate(1, rst, 0))]);
  deepStrictEqual(run(session, [bytes(windowUpdate(5, syn, 0))]), ["accepted 5", "> Window ACK 5 0"]);
});

for (
  const [title, session, frame, code] of [
    ["a version that is not 0", opened(), fromHex("010000000000000100000000"), "yamux-version"],
    ["an unknown type", opened(), fromHex("000400000000000100000000"), "yamux-type"],
    ["a SYN for a live stream", twice(), windowUpdate(1, syn, 0), "yamux-id"],
    ["a SYN with our own parity on the client", client(), windowUpdate(1, syn, 0), "yamux-id"],
    ["a SYN with our own parity on the server", server(), windowUpdate(2, syn, 0), "yamux-id"],
    ["a SYN for id 0", client(), windowUpdate(0, syn, 0), "yamux-id"],
    ["credit beyond 2^32-1", opened(), windowUpdate(1, 0, 0xffffffff - 262_143), "yamux-window"],
  ] as [string, YamuxSession, Uint8Array, string][]
) {
  Deno.test(`Session ends with GoAway 1 on ${title}`, () => {
    deepStrictEqual(run(session, [bytes(frame)]), fatal(code));
    deepStrictEqual(run(session, [bytes(frame), { kind: "eof" }, { kind: "tick" }, { kind: "end" }]), []);
    deepStrictEqual([session.streamCount, session.deadlineMs, session.sendWindow(1)], [0, undefined, 0]);
  });
}

function twice(): YamuxSession {
  const session = server();
  run(session, [bytes(windowUpdate(1, syn, 0))]);
  return session;
}

Deno.test("Session drops what follows the broken rule in the same chunk", () => {
  const frames = [windowUpdate(0, syn, 0), dataFrame(1, abc)];
  const joined = new Uint8Array(frames.flatMap((frame) => [...frame]));
  deepStrictEqual(run(opened(), [bytes(joined)]), fatal("yamux-id"));
});

// Data and windows

Deno.test("Session fills the header into the array that it is given", () => {
  const session = client();
  run(session, [{ kind: "open" }]);
  const frame = unsent(abc).fill(0xff, 0, 12); // bytes that have left, as in front of a later piece
  const outs = session.handle({ kind: "data", id: 1, frame }, 0);
  strictEqual(outs.length, 1);
  strictEqual((outs[0] as { bytes: Uint8Array }).bytes, frame);
  strictEqual(toHex(frame), "0000000000000001000000030a0b0c");
  strictEqual(session.sendWindow(1), 262_141);
});

Deno.test("Session hands out views into the chunk, one for each piece", () => {
  const session = opened();
  const frame = dataFrame(1, abc);
  const first = frame.subarray(0, 13);
  const outs = session.handle(bytes(first), 0) as { bytes: Uint8Array }[];
  strictEqual(outs[0].bytes.buffer, frame.buffer);
  deepStrictEqual(run(session, [bytes(frame.subarray(13))]), ["data 1 0b0c"]);
});

Deno.test("Session throws RangeError at data outside the send window", () => {
  const session = client({ windowBytes: 4 });
  run(session, [{ kind: "open" }]);
  const send = (count: number) => () =>
    session.handle({ kind: "data", id: 1, frame: unsent(new Uint8Array(count)) }, 0);
  throws(send(5), RangeError);
  throws(send(0), RangeError);
  throws(() => session.handle({ kind: "data", id: 1, frame: new Uint8Array(3) }, 0), RangeError);
  send(4)();
  throws(send(1), RangeError);
  strictEqual(session.sendWindow(1), 0);
  deepStrictEqual(run(session, [bytes(windowUpdate(1, 0, 2)), bytes(windowUpdate(1, 0, 1))]), [
    "writable 1",
    "writable 1",
  ]);
  strictEqual(session.sendWindow(1), 3);
});

Deno.test("Session says nothing of credit for a stream that we finished", () => {
  const session = opened();
  run(session, [{ kind: "fin", id: 1 }]);
  deepStrictEqual(run(session, [bytes(windowUpdate(1, 0, 9))]), []);
  strictEqual(session.sendWindow(1), 0);
});

Deno.test("Session refuses data beyond the window, at the header", () => {
  const session = opened();
  const whole = dataFrame(1, new Uint8Array(262_144));
  run(session, [bytes(whole)]);
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc).subarray(0, 12))]), fatal("yamux-window"));
  const long = opened();
  deepStrictEqual(run(long, [bytes(fromHex("000000000000000100040001"))]), fatal("yamux-window"));
});

Deno.test("Session grants credit when half a window was consumed, never for unread bytes", () => {
  const session = opened();
  run(session, [bytes(dataFrame(1, new Uint8Array(262_144)))]);
  deepStrictEqual(run(session, [{ kind: "consumed", id: 1, bytes: 131_071 }]), []);
  deepStrictEqual(run(session, [{ kind: "consumed", id: 1, bytes: 9 }]), ["> Window 1 131080"]);
  const outs = run(session, [bytes(dataFrame(1, new Uint8Array(131_081)))]);
  deepStrictEqual(outs, fatal("yamux-window"));
});

Deno.test("Session tells of a slow reader every 5 s, of some KiB at least", () => {
  const session = opened();
  run(session, [bytes(dataFrame(1, new Uint8Array(262_144)))]);
  const consumed = (count: number, nowMs: number) =>
    run(session, [{ kind: "consumed", id: 1, bytes: count }], nowMs);
  deepStrictEqual(consumed(10_000, 1000), []);
  deepStrictEqual(consumed(10_000, 5999), []);
  deepStrictEqual(consumed(1, 6000), ["> Window 1 20001"]);
  deepStrictEqual(consumed(4095, 20_000), [], "a message costs no frame");
  deepStrictEqual(consumed(1, 20_000), ["> Window 1 4096"]);
  deepStrictEqual(consumed(131_072, 20_001), ["> Window 1 131072"]);
  deepStrictEqual(consumed(10_000, 25_000), [], "5 s behind the last credit");
});

Deno.test("Session throws RangeError at more consumed bytes than were delivered", () => {
  const session = opened();
  run(session, [bytes(dataFrame(1, abc).subarray(0, 14))]);
  throws(() => session.handle({ kind: "consumed", id: 1, bytes: 3 }, 0), RangeError);
  throws(() => session.handle({ kind: "consumed", id: 1, bytes: -1 }, 0), RangeError);
  throws(() => session.handle({ kind: "consumed", id: 1, bytes: NaN }, 0), RangeError);
  deepStrictEqual(run(session, [{ kind: "consumed", id: 1, bytes: 2 }]), []);
});

Deno.test("Session writes no credit to a peer that has finished", () => {
  const session = opened({ windowBytes: 4 });
  run(session, [bytes(dataFrame(1, abc, fin))]);
  deepStrictEqual(run(session, [{ kind: "consumed", id: 1, bytes: 3 }]), []);
});

Deno.test("Session skips payload of unknown streams, also across chunks", () => {
  const session = opened();
  const frame = dataFrame(7, new Uint8Array(100).fill(1), fin);
  deepStrictEqual(run(session, [bytes(frame.subarray(0, 40)), bytes(frame.subarray(40))]), []);
  const others = [
    windowUpdate(7, 0, 5),
    windowUpdate(7, fin, 0),
    windowUpdate(7, rst, 0),
    windowUpdate(0, ack, 0),
  ];
  deepStrictEqual(run(session, others.map(bytes)), []);
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc))]), ["data 1 0a0b0c"]);
});

// Ends of streams

Deno.test("Session forgets a stream when both FINs have passed, in either order", () => {
  const ours = opened();
  const outs = ours.handle({ kind: "fin", id: 1 }, 0);
  deepStrictEqual(writes(outs), ["000100040000000100000000"]);
  deepStrictEqual(run(ours, [{ kind: "fin", id: 1 }, bytes(dataFrame(1, abc))]), ["data 1 0a0b0c"]);
  deepStrictEqual(run(ours, [bytes(windowUpdate(1, fin, 0))]), ["fin 1"]);
  strictEqual(ours.streamCount, 0);

  const theirs = opened();
  deepStrictEqual(run(theirs, [bytes(windowUpdate(1, fin, 0))]), ["fin 1"]);
  deepStrictEqual(run(theirs, [{ kind: "data", id: 1, frame: unsent(abc) }, { kind: "fin", id: 1 }]), [
    "> Data 1 3",
    "> Window FIN 1 0",
  ]);
  strictEqual(theirs.streamCount, 0);
  deepStrictEqual(run(theirs, [bytes(windowUpdate(1, fin, 0))]), []);
});

Deno.test("Session ends with GoAway 1 on a second FIN of the same peer", () => {
  const session = opened();
  run(session, [bytes(windowUpdate(1, fin, 0))]);
  deepStrictEqual(run(session, [bytes(windowUpdate(1, fin, 0))]), fatal("yamux-fin"));
});

Deno.test("Session drops data that a peer sends behind its FIN", () => {
  const session = opened();
  deepStrictEqual(run(session, [bytes(windowUpdate(1, fin, 0)), bytes(dataFrame(1, abc))]), ["fin 1"]);
  strictEqual(session.streamCount, 1);
});

Deno.test("Session takes an RST, also on a Data frame and before the ACK", () => {
  deepStrictEqual(run(opened(), [bytes(windowUpdate(1, rst, 0))]), ["reset 1"]);
  const session = opened();
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc, rst | fin))]), ["reset 1"]);
  strictEqual(session.streamCount, 0);
  const early = client();
  run(early, [{ kind: "open" }]);
  deepStrictEqual(run(early, [bytes(windowUpdate(1, rst, 0))]), ["reset 1"]);
  strictEqual(early.deadlineMs, 30_000);
});

Deno.test("Session skips the rest of a frame whose stream we reset meanwhile", () => {
  const session = opened();
  const frame = dataFrame(1, abc, fin);
  run(session, [bytes(frame.subarray(0, 13))]);
  const outs = session.handle({ kind: "reset", id: 1 }, 0);
  deepStrictEqual(writes(outs), ["000100080000000100000000"]);
  deepStrictEqual(run(session, [bytes(frame.subarray(13))]), []);
});

Deno.test("Session ignores commands for streams that are gone", () => {
  const session = client();
  deepStrictEqual(
    run(session, [
      { kind: "take", id: 1 },
      { kind: "data", id: 1, frame: unsent(abc) },
      { kind: "consumed", id: 1, bytes: 3 },
      { kind: "fin", id: 1 },
      { kind: "release", id: 1 },
      { kind: "reset", id: 1 },
    ]),
    [],
  );
});

Deno.test("Session drops what a released stream receives but lets its peer finish", () => {
  const session = opened({ windowBytes: 4, keepAliveMs: 1e9 });
  run(session, [bytes(dataFrame(1, abc.subarray(0, 1)))]);
  deepStrictEqual(run(session, [{ kind: "release", id: 1 }, { kind: "release", id: 1 }]), [
    "> Window FIN 1 0",
  ]);
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc)), { kind: "consumed", id: 1, bytes: 1 }]), [
    "> Window 1 4",
  ]);
  deepStrictEqual(run(session, [bytes(dataFrame(1, abc, fin))]), ["> Window 1 3", "fin 1"]);
  strictEqual(session.streamCount, 0);
  deepStrictEqual(run(session, [{ kind: "tick" }], 300_000), [], "nothing waits for it any more");
});

Deno.test("Session gives what nobody has read back to the peer at a release: it may wait for that with its FIN", () => {
  const session = opened({ windowBytes: 4 });
  run(session, [bytes(dataFrame(1, new Uint8Array(4)))]);
  deepStrictEqual(run(session, [{ kind: "release", id: 1 }]), ["> Window FIN 1 0", "> Window 1 4"]);
});

Deno.test("Session releases a stream that one side has finished before", () => {
  const theirs = opened({ keepAliveMs: 1e9 });
  run(theirs, [bytes(windowUpdate(1, fin, 0))]);
  deepStrictEqual(run(theirs, [{ kind: "release", id: 1 }]), ["> Window FIN 1 0"]);
  strictEqual(theirs.streamCount, 0);
  deepStrictEqual(run(theirs, [{ kind: "tick" }], 300_000), []);
  const ours = opened();
  run(ours, [{ kind: "fin", id: 1 }]);
  deepStrictEqual(run(ours, [{ kind: "release", id: 1 }]), []);
  strictEqual(ours.streamCount, 1);
});

Deno.test("Session resets the oldest of many released streams without the peer's FIN after 30 s", () => {
  const session = new YamuxSession({ role: "client", limits: { maxReleased: 3, keepAliveMs: 1e9 } });
  run(session, [1, 2, 3, 4, 5].map(() => ({ kind: "open" })));
  run(session, [1, 3, 5].map((id) => ({ kind: "release", id })), 1000);
  strictEqual(session.deadlineMs! > 40_000, true);
  run(session, [7, 9].map((id) => ({ kind: "release", id })), 2000);
  strictEqual(session.deadlineMs, 31_000);
  deepStrictEqual(run(session, [{ kind: "tick" }], 30_999), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 31_000), [
    "> Window RST 1 0",
    "reset 1",
    "> Window RST 3 0",
    "reset 3",
  ]);
  strictEqual(session.streamCount, 3);
});

Deno.test("Session resets a released stream without the peer's FIN after 5 min, not one that is only finished", () => {
  const session = opened({ keepAliveMs: 1e9 });
  run(session, [{ kind: "open" }, bytes(windowUpdate(3, ack, 0)), { kind: "fin", id: 3 }]);
  run(session, [{ kind: "release", id: 1 }], 1000);
  run(session, [{ kind: "release", id: 1 }], 200_000); // a second time
  strictEqual(session.deadlineMs, 301_000);
  deepStrictEqual(run(session, [{ kind: "tick" }], 300_999), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 301_000), ["> Window RST 1 0", "reset 1"]);
  strictEqual(session.streamCount, 1);
});

// Session

Deno.test("Session answers a ping at once with the same token", () => {
  const outs = client().handle(bytes(fromHex("0002000100000000deadbeef")), 0);
  deepStrictEqual(writes(outs), ["0002000200000000deadbeef"]);
});

Deno.test("Session measures round trips, several at a time", () => {
  const session = client();
  deepStrictEqual(run(session, [{ kind: "ping" }], 5), ["pinging 0", "> Ping SYN 0 0"]);
  deepStrictEqual(run(session, [{ kind: "ping" }], 6), ["pinging 1", "> Ping SYN 0 1"]);
  deepStrictEqual(run(session, [bytes(ping(ack, 1))], 8), ["pong 1 2"]);
  deepStrictEqual(run(session, [bytes(ping(ack, 0))], 9), ["pong 0 4"]);
  deepStrictEqual(run(session, [bytes(ping(ack, 0)), bytes(ping(ack, 77))], 9), []);
});

Deno.test("Session pings every 30 s and ends when 10 s pass without an answer", () => {
  const session = client();
  strictEqual(session.deadlineMs, 0);
  deepStrictEqual(run(session, [{ kind: "tick" }], 500), []);
  strictEqual(session.deadlineMs, 30_500);
  deepStrictEqual(run(session, [{ kind: "tick" }], 30_499), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 30_500), ["pinging 0", "> Ping SYN 0 0"]);
  strictEqual(session.deadlineMs, 40_500);
  deepStrictEqual(run(session, [bytes(ping(ack, 0))], 30_600), ["pong 0 100"]);
  strictEqual(session.deadlineMs, 60_500);
  deepStrictEqual(run(session, [{ kind: "tick" }], 60_600), ["pinging 1", "> Ping SYN 0 1"]);
  deepStrictEqual(run(session, [{ kind: "tick" }], 70_599), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 70_600), [
    "ended NetworkError timeout",
    "close with error",
  ]);
});

Deno.test("Session waits for a pong while bytes come: it is behind them on a slow line", () => {
  const session = opened();
  const slow = (fromMs: number, untilMs: number): string[] => {
    const seen: string[] = [];
    for (let ms = fromMs; ms <= untilMs; ms += 5000) {
      seen.push(...run(session, [bytes(dataFrame(1, abc))], ms), ...run(session, [{ kind: "tick" }], ms));
    }
    return seen.filter((line) => !line.startsWith("data") && !/ping/i.test(line));
  };
  run(session, [{ kind: "ping" }], 0);
  deepStrictEqual(slow(5000, 60_000), []);
  deepStrictEqual(run(session, [bytes(ping(Flag.ack, 0))], 61_000), ["pong 0 61000"]);
  run(session, [{ kind: "ping" }], 62_000);
  deepStrictEqual(slow(65_000, 75_000), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 84_999), []);
  deepStrictEqual(run(session, [{ kind: "tick" }], 85_000), [
    "ended NetworkError timeout",
    "close with error",
  ]);

  // A peer that says much and answers no ping is dead some day, too.
  const odd = opened();
  run(odd, [{ kind: "ping" }], 0);
  for (let ms = 5000; ms < 120_000; ms += 5000) {
    run(odd, [bytes(dataFrame(1, abc)), { kind: "tick" }], ms);
  }
  deepStrictEqual(run(odd, [{ kind: "tick" }], 119_999), []);
  deepStrictEqual(run(odd, [{ kind: "tick" }], 120_000), ["ended NetworkError timeout", "close with error"]);
});

Deno.test("Session ends when an open gets no ACK within 75 s", () => {
  const session = client({ keepAliveMs: 1e9 });
  run(session, [{ kind: "open" }], 0);
  run(session, [{ kind: "open" }], 10);
  run(session, [bytes(windowUpdate(1, ack, 0))], 20);
  deepStrictEqual(run(session, [{ kind: "tick" }], 75_000), []);
  strictEqual(session.deadlineMs, 75_010);
  deepStrictEqual(run(session, [{ kind: "tick" }], 75_010), [
    "ended NetworkError timeout",
    "close with error",
  ]);
});

Deno.test("Session waits for no ACK of a stream that it has finished: a Go peer may never send it", () => {
  for (const kind of ["fin", "release"] as const) {
    const session = client({ keepAliveMs: 1e9, finTimeoutMs: 1e9, backlog: 1 });
    deepStrictEqual(run(session, [{ kind: "open" }, { kind, id: 1 }]), [
      "opened 1",
      "> Window SYN 1 0",
      "> Window FIN 1 0",
    ]);
    deepStrictEqual(run(session, [{ kind: "tick" }], 75_000), []);
    deepStrictEqual(run(session, [bytes(windowUpdate(1, ack, 0))], 75_001), []);
    deepStrictEqual(run(session, [{ kind: "open" }], 75_002).length, 2, "its place in the backlog is free");
    deepStrictEqual(run(session, [bytes(windowUpdate(1, fin, 0))], 75_003), ["fin 1"]);
  }
});

Deno.test("Session tells of GoAway 0 once, refuses opens after it and lets streams go on", () => {
  const session = opened();
  strictEqual(session.isLeaving, false);
  deepStrictEqual(run(session, [bytes(goAway(0))]), ["leaving"]);
  strictEqual(session.isLeaving, true);
  const inputs = [bytes(goAway(0)), { kind: "open" }, bytes(dataFrame(1, abc))] as const;
  deepStrictEqual(run(session, [...inputs]), ["refused", "data 1 0a0b0c"]);
});

Deno.test("Session ends on GoAway with an error code, without one of its own", () => {
  deepStrictEqual(run(opened(), [bytes(goAway(1))]), [
    "ended ProtocolError self yamux-go-away",
    "close with error",
  ]);
  deepStrictEqual(run(opened(), [bytes(goAway(2))]), ["ended NetworkError closed", "close with error"]);
});

Deno.test("Session says who has ended it: to a client the server, not the peer that a stream goes to", () => {
  const texts = (session: YamuxSession, inputs: readonly SessionIn[], nowMs = 0): string[] =>
    inputs.flatMap((input) => session.handle(input, nowMs)).flatMap((out) => {
      if (out.kind !== "ended" || !out.error) return [];
      strictEqual((out.error as NetworkError).retry ?? true, true, "another session may do better");
      return [out.error.message];
    });
  deepStrictEqual(texts(opened(), [{ kind: "eof" }]), ["the server closed the session with 1 open stream"]);
  deepStrictEqual(texts(opened(), [bytes(new Uint8Array(5)), { kind: "eof" }]), [
    "the server closed the session inside a frame",
  ]);
  deepStrictEqual(texts(opened(), [bytes(goAway(2))]), ["the server ended the session with GoAway 2"]);
  deepStrictEqual(texts(opened(), [bytes(goAway(1))]), ["the server says that we broke the yamux protocol"]);
  const server = new YamuxSession({ role: "server" });
  deepStrictEqual(texts(server, [bytes(goAway(2))]), ["the client ended the session with GoAway 2"]);
  const silent = client({ keepAliveMs: 1000, pingTimeoutMs: 500 });
  texts(silent, [{ kind: "tick" }], 0);
  texts(silent, [{ kind: "tick" }], 1000);
  deepStrictEqual(texts(silent, [{ kind: "tick" }], 1500), [
    "the server did not answer a ping within 500 ms",
  ]);
});

Deno.test("Session tells a clean end of the pipe from one that cuts something", () => {
  deepStrictEqual(run(client(), [{ kind: "eof" }]), ["ended", "close"]);
  deepStrictEqual(run(opened(), [{ kind: "eof" }]), ["ended NetworkError closed", "close with error"]);
  deepStrictEqual(run(client(), [bytes(new Uint8Array(5)), { kind: "eof" }]), [
    "ended NetworkError closed",
    "close with error",
  ]);
});

Deno.test("Session closes without GoAway at our own end, and refuses opens after it", () => {
  const session = opened();
  deepStrictEqual(session.handle({ kind: "end" }, 0), [{ kind: "ended", error: undefined }, {
    kind: "close",
  }]);
  deepStrictEqual(run(session, [{ kind: "end" }, { kind: "open" }, { kind: "ping" }]), ["refused"]);
  const error = new NetworkError("pipe broke", { retry: true, reason: "closed" });
  deepStrictEqual(opened().handle({ kind: "end", error }, 0), [{ kind: "ended", error }, {
    kind: "close",
    error,
  }]);
});

Deno.test("Frames read as what was written", () => {
  strictEqual(show(windowUpdate(0xffffffff, syn | rst, 0xffffffff)), "Window SYN RST 4294967295 4294967295");
});

Deno.test("Session greets with the answer to a ping that nobody sent, which a peer passes over", () => {
  const server = new YamuxSession({ role: "server" });
  const outs = server.handle({ kind: "greet" }, 0);
  const bytes = outs.flatMap((out) => out.kind === "write" ? [out.bytes] : []);
  deepStrictEqual(bytes.map(toHex), ["0002000200000000ffffffff"]);
  const client = new YamuxSession({ role: "client" });
  deepStrictEqual(client.handle({ kind: "bytes", bytes: bytes[0] }, 0), []);
});
