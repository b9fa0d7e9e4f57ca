import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { encodeDmsgChat, readDmsgChat } from "../../lib/chat/dmsg_chat.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

/** Objects with the usual prototype, as parsed ones have it. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const peer = "03422715d25dee5d0337d1cc0a70af4a624c37ac32880bdfc0db03816efc08a7fb";

Deno.test("Dmsg chat reads back what it writes", () => {
  const message = record({
    sender: fc.string(),
    message: fc.string(),
    ts: fc.string(),
    network: fc.string(),
  });
  fc.assert(
    fc.property(message, (value) => {
      deepStrictEqual(readDmsgChat(encodeDmsgChat(value), peer), {
        ...value,
        senderIsPeer: value.sender === peer,
      });
    }),
    { seed: 8 },
  );
});

Deno.test("Dmsg chat drops what is no such JSON", () => {
  for (const payload of ["hi", "[1]", '{"message":1}', "{", "null"]) {
    strictEqual(readDmsgChat(utf8(payload), peer), undefined, payload);
  }
});

Deno.test("Dmsg chat compares the claim without regard to case; no claim is not the peer", () => {
  strictEqual(
    readDmsgChat(utf8(`{"sender":"${peer.toUpperCase()}","message":"x"}`), peer)?.senderIsPeer,
    true,
  );
  strictEqual(readDmsgChat(utf8('{"message":"x"}'), peer)?.senderIsPeer, false);
});
