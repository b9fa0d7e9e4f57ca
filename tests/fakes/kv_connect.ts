/**
 * A KV Connect server in this process: as much of the protocol (version 3) as the runtime's client speaks, over a map.
 *
 * @see proto/kv-connect.md and proto/schema/datapath.proto of denoland/denokv
 * @module
 */
import { equal, toHex } from "../../lib/wire/bytes.ts";

/** The token of a server that is asked with the runtime's client in this process: what is set, or this. */
export const KV_TOKEN: string = Deno.env.get("DENO_KV_ACCESS_TOKEN") ?? "a-token-for-tests";

/** What happens to the next calls. */
export interface KvFault {
  /** `lost answer`: done, and answered with 500, which the client takes as a reason to call again. `hang`: not answered. */
  readonly how: "lost answer" | "hang";
  /** Which calls. */
  readonly method: "snapshot_read" | "atomic_write";
  /** How many of them. */
  readonly count: number;
}

/** A running server. */
export interface KvServer extends AsyncDisposable {
  readonly url: string;
  /** Calls so far. */
  readonly calls: { snapshot_read: number; atomic_write: number };
  /** Values, by key in hex: as they lie there. */
  readonly rows: ReadonlyMap<string, { readonly value: Uint8Array }>;
  /** Sets a fault; the one before is forgotten, and calls that hang are answered. */
  fail(fault: KvFault | undefined): void;
}

interface Row {
  readonly value: Uint8Array;
  readonly encoding: number;
  readonly stamp: Uint8Array;
}

/** Starts a server on a free port. @param token  Another one is refused. */
export function startKvServer(token = KV_TOKEN): KvServer {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", KV_TOKEN);
  const rows = new Map<string, Row>();
  const calls = { snapshot_read: 0, atomic_write: 0 };
  let commits = 0;
  let fault: KvFault | undefined;
  let left = 0;
  let wake = Promise.withResolvers<void>();

  function snapshotRead(request: Uint8Array): Uint8Array {
    const names = [...rows.keys()].sort();
    const output = fieldsOf(request).filter(({ field }) => field === 1).map(({ bytes }) => {
      const [start, end] = [1, 2].map((field) => toHex(bytesIn(bytes, field)));
      const found = names.filter((name) => name >= start && name < end);
      if (numberIn(bytes, 4)) found.reverse();
      const entries = found.slice(0, numberIn(bytes, 3)).map((name) => {
        const { value, encoding, stamp } = rows.get(name)!;
        return message(1, [
          ...message(1, Uint8Array.fromHex(name)),
          ...message(2, value),
          ...number(3, encoding),
          ...message(4, stamp),
        ]);
      });
      return message(1, entries.flat());
    });
    return Uint8Array.from([...output.flat(), ...number(4, 1), ...number(8, 1)]);
  }

  function atomicWrite(request: Uint8Array): Uint8Array {
    const parts = fieldsOf(request);
    const holds = parts.filter(({ field }) => field === 1).every(({ bytes }) => {
      const now = rows.get(toHex(bytesIn(bytes, 1)))?.stamp ?? new Uint8Array(0);
      return equal(now, bytesIn(bytes, 2));
    });
    if (!holds) return Uint8Array.from([...number(1, 2), ...number(4, 0)]);
    const stamp = new Uint8Array(10);
    new DataView(stamp.buffer).setBigUint64(0, BigInt(++commits));
    for (const { bytes } of parts.filter(({ field }) => field === 2)) mutate(bytes, stamp);
    return Uint8Array.from([...number(1, 1), ...message(2, stamp)]);
  }

  function mutate(mutation: Uint8Array, stamp: Uint8Array): void {
    const name = toHex(bytesIn(mutation, 1));
    const given = bytesIn(mutation, 2);
    const [value, encoding] = [bytesIn(given, 1), numberIn(given, 2)];
    const kind = numberIn(mutation, 3);
    if (kind === 1) rows.set(name, { value, encoding, stamp });
    else if (kind === 2) rows.delete(name);
    else if (kind === 3 && encoding === 2) {
      const old = rows.get(name);
      const sum = new Uint8Array(8);
      const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
      new DataView(sum.buffer).setBigUint64(0, (old ? view(old.value) : 0n) + view(value), true);
      rows.set(name, { value: sum, encoding, stamp });
    } else throw new TypeError(`mutation ${kind} of encoding ${encoding}`);
  }

  async function answer(request: Request): Promise<Response> {
    if (request.headers.get("authorization") !== `Bearer ${token}`) {
      return new Response("Invalid access token.", { status: 401 });
    }
    const body = await request.bytes();
    const path = new URL(request.url).pathname;
    if (path === "/") return metadata(token);
    const method = path === "/v2/snapshot_read" ? "snapshot_read" : "atomic_write";
    calls[method]++;
    const hit = fault?.method === method && left-- > 0 ? fault : undefined;
    if (hit?.how === "hang") await wake.promise;
    const result = method === "snapshot_read" ? snapshotRead(body) : atomicWrite(body);
    if (hit?.how === "lost answer") return new Response("lost", { status: 500 });
    return new Response(Uint8Array.from(result));
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    calls,
    rows,
    fail(next) {
      wake.resolve();
      wake = Promise.withResolvers();
      fault = next;
      left = next?.count ?? 0;
    },
    async [Symbol.asyncDispose]() {
      wake.resolve();
      await server.shutdown();
    },
  };
}

const metadata = (token: string): Response =>
  Response.json({
    version: 3,
    databaseId: "00000000-0000-0000-0000-000000000000",
    endpoints: [{ url: "/v2", consistency: "strong" }],
    token,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });

/** One field of a protobuf message: bytes, or a number. */
interface Field {
  readonly field: number;
  readonly bytes: Uint8Array;
  readonly value: number;
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    const isBytes = (tag & 7) === 2;
    const bytes = isBytes ? message.subarray(at, at + value) : new Uint8Array(0);
    at += bytes.length;
    fields.push({ field: tag >> 3, bytes, value });
  }
  return fields;
}

const bytesIn = (message: Uint8Array, field: number): Uint8Array =>
  fieldsOf(message).find((one) => one.field === field)?.bytes.slice() ?? new Uint8Array(0);

const numberIn = (message: Uint8Array, field: number): number =>
  fieldsOf(message).find((one) => one.field === field)?.value ?? 0;

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

const number = (field: number, value: number): number[] => [...varintOf(field << 3), ...varintOf(value)];

const message = (field: number, bytes: Uint8Array | readonly number[]): number[] => [
  ...varintOf((field << 3) | 2),
  ...varintOf(bytes.length),
  ...bytes,
];
