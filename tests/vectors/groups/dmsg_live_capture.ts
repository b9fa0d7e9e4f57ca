/** Runner of the group `live_capture` of dmsg.json: a recorded conversation of stock Go peers. */
import { match, ok, strictEqual } from "node:assert/strict";
import { keyPairOf, parsePublicKey } from "../../../lib/crypto/keys.ts";
import { HandshakeState } from "../../../lib/noise/handshake_state.ts";
import { KK, XK } from "../../../lib/noise/patterns.ts";
import { concat, readU16 } from "../../../lib/wire/bytes.ts";
import { Flag, FrameType, HEADER_BYTES, readHeader } from "../../../lib/yamux/frame.ts";
import { byMember, CHUNKINGS, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";
import { checkRecords, type Flow } from "./live_records.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

/** Handshakes, mux headers, session objects and stream frames of every connection. */
export const dmsgLiveCapture: GroupRunner = (group) =>
  byMember(group, {
    connections: (connections: Json[]) => {
      const streams = connections.flatMap(streamHandshakes);
      return [
        ...connections.flatMap((connection) => connectionCases(connection, streams)),
        ...streams.map(({ name, check }) => ({ name, run: check })),
      ];
    },
  });

function connectionCases(connection: Json, streams: StreamHandshake[]): VectorCase[] {
  const name = connection.connection;
  const cases: VectorCase[] = [
    { name: `${name}: session handshake`, run: () => checkSession(connection) },
  ];
  connection.mux_frames.forEach((frame: Json, i: number) => {
    cases.push({ name: `${name}: mux frame ${i}, ${frame.yamux.type_name}`, run: () => checkHeader(frame) });
  });
  for (const flow of flowsOf(connection, streams)) {
    for (const size of CHUNKINGS) {
      cases.push({
        name: `${name}: stream ${flow.id} ${flow.dir}, in pieces of ${size}`,
        run: () => checkRecords(flow, size),
      });
    }
  }
  return cases;
}

/** The client's side of the session handshake, with the server's recorded message. */
function checkSession(connection: Json): void {
  const state = new HandshakeState(XK, {
    initiator: true,
    local: keyPairOf(hexOf(connection, "client_static_sk")),
    ephemeral: keyPairOf(hexOf(connection, "client_ephemeral_sk")),
    remote: hexOf(connection, "server_static_pk"),
  });
  hexEqual(
    keyPairOf(hexOf(connection, "server_static_sk")).public,
    connection.server_static_pk,
    "server's key",
  );
  match(connection.mux_role_of_client, /odd stream ids/, "it opens the odd streams");
  for (const { dir, wire, meaning: _ } of connection.handshake) {
    const message = hexOf({ wire }, "wire");
    strictEqual(readU16(message, 0), message.length - 2, "length in front of the message");
    if (isFromClient(dir)) hexEqual(state.writeMessage(), wire.slice(4), "our message");
    else strictEqual(state.readMessage(message.subarray(2)).length, 0, "payload");
  }
  ok(state.done, "the handshake is done");
  hexEqual(state.h, connection.session_handshake_hash, "handshake hash");
  const keys = state.transportKeys();
  hexEqual(keys.send, connection[CLIENT_KEY], "key client → server");
  hexEqual(keys.receive, connection[SERVER_KEY], "key server → client");
}

function isFromClient(dir: string): boolean {
  ok(dir === "c2s" || dir === "s2c", `"${dir}" is no direction`);
  return dir === "c2s";
}

const TYPES: Record<string, number> = {
  Data: FrameType.data,
  WindowUpdate: FrameType.windowUpdate,
  Ping: FrameType.ping,
  GoAway: FrameType.goAway,
};
const FLAGS: Record<string, number> = { SYN: Flag.syn, ACK: Flag.ack, FIN: Flag.fin, RST: Flag.rst };

function checkHeader({ wire, dir, yamux, t: _seconds }: Json): void {
  const bytes = hexOf({ wire }, "wire");
  const header = readHeader(bytes, 0);
  strictEqual(bytes[0], yamux.version, "version");
  strictEqual(header.type, yamux.type, "type");
  strictEqual(header.type, TYPES[yamux.type_name], "type by name");
  strictEqual(
    header.flags,
    yamux.flags.reduce((bits: number, name: string) => bits | FLAGS[name], 0),
    "flags",
  );
  strictEqual(header.id, yamux.stream_id, "stream");
  strictEqual(header.length, yamux.length, "length");
  const fromClient = isFromClient(dir);
  const opensStream = header.id !== 0 && (header.flags & Flag.syn) !== 0;
  if (opensStream) {
    strictEqual(header.id % 2 === 1, fromClient, "clients open odd streams, servers even ones");
  }
  const payloadBytes = header.type === FrameType.data ? header.length : 0;
  strictEqual(bytes.length, HEADER_BYTES + payloadBytes, "the frame ends with its payload");
}

/** Members with the keys of a session's two directions. */
const CLIENT_KEY = "session_key_client_to_server";
const SERVER_KEY = "session_key_server_to_client";

/** Data of each stream and direction, with what the recording says it holds. */
function flowsOf(connection: Json, streams: StreamHandshake[]): Flow[] {
  const flows = new Map<string, { wire: Uint8Array[]; expected: Json[]; id: number; dir: string }>();
  const requests = new Map<number, { dir: string; object: Json }>();
  const keyed = new Set(streams.map(({ requestHash }) => requestHash));
  const opened = new Set(
    connection.mux_frames.filter(({ decoded = [] }: Json) =>
      decoded.some(({ object_sha256 }: Json) => keyed.has(object_sha256))
    ).map(({ yamux }: Json) => yamux.stream_id),
  );
  for (const { dir, wire, yamux, decoded = [] } of connection.mux_frames) {
    // What nobody has keys for is passed over; else a frame of the stream may lie in several of yamux.
    if (yamux.type !== FrameType.data || decoded.length === 0 && !opened.has(yamux.stream_id)) continue;
    const id = yamux.stream_id;
    const key = `${id} ${dir}`;
    if (!flows.has(key)) flows.set(key, { wire: [], expected: [], id, dir });
    flows.get(key)!.wire.push(hexOf({ wire }, "wire").subarray(HEADER_BYTES));
    flows.get(key)!.expected.push(...decoded);
    const object = decoded.find((item: Json) => item.kind === "StreamRequest");
    if (object) requests.set(id, { dir, object });
  }
  return [...flows.values()].map(({ wire, expected, id, dir }): Flow => {
    const request = requests.get(id);
    ok(request, `stream ${id} has no request`);
    const stream = streams.find((candidate) => candidate.requestHash === request.object.object_sha256);
    return {
      id,
      dir,
      wire: concat(...wire),
      expected,
      request: request.object,
      objectKey: hexOf(connection, isFromClient(dir) ? CLIENT_KEY : SERVER_KEY),
      frameKey: stream &&
        hexOf(stream.keys, dir === request.dir ? "key_initiator_to_responder" : "key_responder_to_initiator"),
    };
  });
}

/** A stream whose initiator's ephemeral key is known; its frames pass through both connections. */
interface StreamHandshake {
  readonly name: string;
  readonly requestHash: string;
  readonly keys: Json;
  check(): void;
}

function streamHandshakes(connection: Json): StreamHandshake[] {
  return Object.keys(connection).filter((member) => /^stream_\d+_kk$/.test(member)).map((member) => {
    const id = Number(member.split("_")[1]);
    const objects = connection.mux_frames.filter((frame: Json) => frame.yamux.stream_id === id)
      .flatMap((frame: Json) => frame.decoded ?? []);
    const request = objects.find((object: Json) => object.kind === "StreamRequest");
    const response = objects.find((object: Json) => object.kind === "StreamResponse");
    ok(request && response, `${member} without a request and a response`);
    return {
      name: `${connection.connection}: handshake of stream ${id}`,
      requestHash: request.object_sha256,
      keys: connection[member],
      check: () => checkStream(connection, connection[member], request.fields, response.fields),
    };
  });
}

function checkStream(connection: Json, expected: Json, request: Json, response: Json): void {
  const state = new HandshakeState(KK, {
    initiator: true,
    local: keyPairOf(hexOf(connection, "client_static_sk")),
    ephemeral: keyPairOf(hexOf(expected, "initiator_ephemeral_sk")),
    remote: parsePublicKey(request.DstAddr.split(":")[0]),
  });
  hexEqual(state.writeMessage(), request.NoiseMsg, "message 1, in the request");
  strictEqual(state.readMessage(hexOf(response, "NoiseMsg")).length, 0, "payload of message 2");
  hexEqual(state.h, expected.handshake_hash, "handshake hash");
  hexEqual(state.transportKeys().send, expected.key_initiator_to_responder, "key i → r");
  hexEqual(state.transportKeys().receive, expected.key_responder_to_initiator, "key r → i");
}
