import { deepStrictEqual, ok } from "node:assert/strict";
import { duplexOf } from "../../lib/dmsg/carriers/tcp.ts";
import { Drive } from "../../lib/wire/drive.ts";
import type { Machine, WireIn, WireOut } from "../../lib/wire/machine.ts";
import { FakeClock } from "../fakes/clock.ts";

const { test } = Deno;

type Say = { readonly kind: "say"; readonly byte: number };

/** Writes what it is told. */
const speaker: Machine<Say | WireIn, WireOut> = {
  deadlineMs: undefined,
  handle: (input) => input.kind === "say" ? [{ kind: "write", bytes: Uint8Array.of(input.byte) }] : [],
};

/** A socket that takes every write in the turn in which it is asked, and keeps what it has got. */
function quickSocket(): { readonly conn: Deno.Conn; readonly writes: number[][] } {
  const writes: number[][] = [];
  const conn = {
    write: (bytes: Uint8Array) => {
      writes.push([...bytes]);
      return Promise.resolve(bytes.length);
    },
  };
  return { conn: conn as unknown as Deno.Conn, writes };
}

test("A socket that takes each write at once gets many small ones of one turn as a few", async () => {
  const { conn, writes } = quickSocket();
  const drive = new Drive<Say, never>(speaker, {
    duplex: duplexOf(conn),
    clock: new FakeClock(),
    onEvent: () => {},
  });
  const bytes = Array.from({ length: 200 }, (_, i) => i);
  for (const byte of bytes) {
    drive.put({ kind: "say", byte });
    for (let i = 0; i < 10; i++) await Promise.resolve(); // as what prepares each one does
  }
  await drive.flushed();
  deepStrictEqual(writes.flat(), bytes);
  ok(writes.length < 20, `${writes.length} writes`);
});
