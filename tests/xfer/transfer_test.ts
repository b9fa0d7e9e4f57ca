/** What goes wrong on port 64: nothing half is kept, and nothing is called delivered that is not in its place. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../lib/crypto/digest.ts";
import { createPart, type TargetFile } from "../../lib/sys/copies/part_file.ts";
import { concat, fromUtf8, u32Bytes, utf8 } from "../../lib/wire/bytes.ts";
import {
  encodeOffer,
  encodeTrailer,
  encodeVerdict,
  type Offer,
  parseTrailer,
  parseVerdict,
} from "../../lib/xfer/frames.ts";
import { sealedSource } from "../../lib/xfer/sealing.ts";
import { IDLE_MS, receiveFile, sendFile } from "../../lib/xfer/transfer.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { memoryFile } from "../fakes/tree.ts";

const PEER = `02${"ab".repeat(32)}`;
const BODY = utf8("0123456789");
const SUM = (() => {
  const sum = sha256Stream();
  sum.add(BODY);
  return sum.hex();
})();
const OFFER: Offer = { id: "a1", name: "f", size: 10n, mime: "", from: PEER, group: "" };
const WHOLE = concat(encodeOffer(OFFER), BODY, encodeTrailer(SUM));

const receiving = (
  stream: ReturnType<typeof memoryDuplexPair>[0],
  open: () => Promise<TargetFile>,
  clock = new FakeClock(),
) => receiveFile(stream, PEER, () => ({ ok: true, open }), { clock, digest: sha256Stream });

// Go reads no key, and zeros alone, as the null key, and takes the offer; it answers nothing to a text that is no key.
Deno.test("An offer that does not say whose it is gets its answer, one with a text that is no key none", async () => {
  const answer = async (from: string): Promise<string> => {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const taking = receiving(near, () => Promise.reject(new Error("opened")));
    await far.write(encodeOffer({ ...OFFER, from }));
    await far.closeWrite();
    strictEqual((await taking).kind, "refused");
    const said = await far.read();
    return said === null ? "" : fromUtf8(said.subarray(4));
  };
  for (const from of ["", "0", "0".repeat(66)]) {
    strictEqual(await answer(from), '{"ok":false,"err":"declined"}');
  }
  for (const from of ["x", PEER.slice(2)]) strictEqual(await answer(from), "");
});

Deno.test("A frame of null is an object without members, as in Go", () => {
  deepStrictEqual(parseVerdict(utf8(" null\n")), { id: "", ok: false, err: "" });
  strictEqual(parseTrailer(utf8("null")), "");
  for (const text of ["nul", "null x", "[]", '"null"', "\ufeffnull"]) {
    deepStrictEqual([parseTrailer(utf8(text)), parseVerdict(utf8(text))], [undefined, undefined], text);
  }
});

Deno.test("A frame has 1 to 65536 bytes; of any other the stream ends without an answer", async () => {
  const offer = encodeOffer(OFFER).subarray(4);
  for (const [length, answer] of [[0, ""], [65536, '{"ok":false,"err":"no"}'], [65537, ""]] as const) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const decide = () => ({ ok: false, reason: "no" }) as const;
    const taking = receiveFile(near, PEER, decide, { clock: new FakeClock(), digest: sha256Stream });
    const padded = length === 0 ? offer : concat(offer, new Uint8Array(length - offer.length).fill(0x20));
    await far.write(concat(u32Bytes(length), padded));
    await far.closeWrite();
    const { kind, reason } = await taking as { kind: string; reason: string };
    const said = await far.read();
    strictEqual(said === null ? "" : fromUtf8(said.subarray(4)), answer);
    deepStrictEqual(
      [kind, reason],
      answer ? ["refused", "no"] : ["failed", `xfer: frame of ${length} bytes`],
    );
  }
});

Deno.test("A file of one byte arrives whole, its bytes are told on both sides, and an answer that is none ends it", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const moved: number[][] = [[], []];
  const [options, other] = moved.map((counts) => ({
    clock: new FakeClock(),
    digest: sha256Stream,
    onBytes: (count: number) => void counts.push(count),
  }));
  const [near, far] = memoryDuplexPair();
  const decide = () => ({ ok: true, open: () => createPart(top, "f") }) as const;
  const taking = receiveFile(far, PEER, decide, other);
  deepStrictEqual(await sendFile(near, { ...OFFER, size: 1n }, memoryFile(utf8("x")), options), {
    kind: "delivered",
  });
  strictEqual((await taking).kind, "kept");
  deepStrictEqual([moved, await Deno.readTextFile(`${top}/f`)], [[[1], [1]], "x"]);
  const [left, right] = memoryDuplexPair();
  const sending = sendFile(left, OFFER, memoryFile(BODY), options);
  await right.read();
  await right.write(concat(u32Bytes(2), utf8("[]")));
  await rejects(sending, /^ProtocolError: xfer: the frame is not an answer$/);
  await Deno.remove(top, { recursive: true });
});

Deno.test("A receiver that is gone ends the transfer at once, although a server in between still takes some bytes", async () => {
  const [near, far] = memoryDuplexPair();
  const body = memoryFile(new Uint8Array(1_000_000));
  const options = { clock: new FakeClock(), digest: sha256Stream };
  const sending = sendFile(near, { ...OFFER, size: 1_000_000n }, body, options);
  await far.read(); // the offer
  await far.write(encodeVerdict({ id: "", ok: true, err: "" }));
  for (let i = 0; i < 20; i++) await settle(); // what is sent waits for room by now
  await far.closeWrite();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error("still sent")), 3000); // the clock of the limits stands still
    sending.catch(() => {}).finally(() => clearTimeout(timer));
  });
  await rejects(Promise.race([sending, late]), /^NetworkError: the stream ended before the receipt$/);
});

Deno.test("An offer that is cut off after any byte leaves the old file and no other", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.writeTextFile(`${top}/f`, "old");
  for (let end = 0; end <= WHOLE.length; end++) {
    for (const breaks of [true, false]) {
      const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
      const taking = receiving(near, () => createPart(top, "f"));
      await far.write(WHOLE.subarray(0, end));
      if (breaks) near.break();
      else await far.closeWrite();
      const { kind } = await taking;
      const isWhole = end === WHOLE.length && !breaks;
      if (!isWhole && kind === "kept") strictEqual(end, WHOLE.length);
      deepStrictEqual([...Deno.readDirSync(top)].map(({ name }) => name), ["f"], `${end}`);
      const text = await Deno.readTextFile(`${top}/f`);
      strictEqual(text, kind === "kept" ? "0123456789" : "old", `${end}`);
      if (isWhole) strictEqual(kind, "kept");
      await Deno.writeTextFile(`${top}/f`, "old");
    }
  }
  await Deno.remove(top, { recursive: true });
});

Deno.test("The receipt leaves when the file is synced and in its place, and not before", async () => {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  const placed = Promise.withResolvers<void>();
  const target = {
    write: () => Promise.resolve(),
    commit: () => placed.promise,
    discard: () => Promise.resolve(),
  };
  const taking = receiving(near, () => Promise.resolve(target));
  await far.write(WHOLE);
  await settle();
  let said = "";
  const answers = (async () => {
    for (let bytes; (bytes = await far.read()) !== null;) said += fromUtf8(bytes).replace(/[^ -~]/g, "");
  })();
  await settle();
  strictEqual(said, '{"ok":true}');
  placed.resolve();
  await settle();
  strictEqual(said, '{"ok":true}{"id":"a1","ok":true}');
  await far.closeWrite();
  strictEqual((await taking).kind, "kept");
  await answers;
});

Deno.test("A receiver that has said everything leaves the end to the sender for two seconds", async () => {
  const clock = new FakeClock();
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  const target = {
    write: () => Promise.resolve(),
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
  let isOver = false;
  const taking = receiving(near, () => Promise.resolve(target), clock).finally(() => isOver = true);
  await far.write(WHOLE);
  await clock.advance(1999);
  strictEqual(isOver, false);
  await clock.advance(1);
  strictEqual((await taking).kind, "kept");
});

Deno.test("A disk that is full, or a directory that can't be written, is told without a path of ours", async () => {
  const full: TargetFile = {
    write: () => Promise.reject(new Error("the file can't be written: the disk is full")),
    commit: () => Promise.reject(new Error("never")),
    discard: () => Promise.resolve(),
  };
  const noPlace = () =>
    Promise.reject(new Error("Permission denied (os error 13): open '/home/bob/inbox/.x'"));
  const cases: [() => Promise<TargetFile>, string, RegExp][] = [
    [() => Promise.resolve(full), "failed", /^the file can't be written: the disk is full$/],
    [noPlace, "declined", /^it can't be kept here$/],
  ];
  for (const [open, kind, reason] of cases) {
    const [near, far] = memoryDuplexPair();
    const taking = receiving(far, open);
    const sent = await sendFile(near, OFFER, memoryFile(BODY), {
      clock: new FakeClock(),
      digest: sha256Stream,
    });
    strictEqual(sent.kind, kind);
    match("reason" in sent ? sent.reason : "", reason);
    strictEqual((await taking).kind, "failed");
  }
});

Deno.test("A peer that stands still for a minute is given up, in either role", async () => {
  for (const end of [0, encodeOffer(OFFER).length, encodeOffer(OFFER).length + 4, WHOLE.length - 1]) {
    const clock = new FakeClock();
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    let left = 0;
    const target = {
      write: () => Promise.resolve(),
      commit: () => Promise.reject(new Error("nothing is whole")),
      discard: () => Promise.resolve(void left++),
    };
    const taking = receiving(near, () => Promise.resolve(target), clock);
    await far.write(WHOLE.subarray(0, end));
    await settle();
    // What is to be said when it is over waits two seconds for the other side.
    for (const ms of [IDLE_MS - 1, 2, 2001]) await clock.advance(ms);
    strictEqual((await taking).kind === "kept", false);
    strictEqual(left, end < encodeOffer(OFFER).length ? 0 : 1);
  }
  const clock = new FakeClock();
  const [near] = memoryDuplexPair();
  const sending = sendFile(near, OFFER, memoryFile(BODY), { clock, digest: sha256Stream });
  const failed = rejects(sending);
  await settle();
  await clock.advance(IDLE_MS + 1);
  await failed;
});

Deno.test("All was sent and no receipt came, or one of another file: unconfirmed, and neither sent nor failed", async () => {
  const yes = encodeVerdict({ id: "", ok: true, err: "" });
  const endings: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "unconfirmed"],
    ["half a receipt", encodeVerdict({ id: "a1", ok: true, err: "" }).subarray(0, 9), "unconfirmed"],
    ["another id", encodeVerdict({ id: "a2", ok: true, err: "" }), "unconfirmed"],
    ["no frame", Uint8Array.of(0, 0, 0, 1, 0x7b), "unconfirmed"],
    ["ok", encodeVerdict({ id: "a1", ok: true, err: "" }), "delivered"],
    ["not ok", encodeVerdict({ id: "a1", ok: false, err: "checksum mismatch" }), "failed"],
  ];
  for (const [name, bytes, kind] of endings) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    await far.write(concat(yes, bytes));
    await far.closeWrite();
    const sent = await sendFile(near, OFFER, memoryFile(BODY), {
      clock: new FakeClock(),
      digest: sha256Stream,
    });
    strictEqual(sent.kind, kind, name);
  }
});

Deno.test("A file that becomes shorter while it is sent ends the transfer, and its receiver keeps nothing", async () => {
  const [near, far] = memoryDuplexPair();
  let kept = false;
  const target = {
    write: () => Promise.resolve(),
    commit: () => Promise.resolve(void (kept = true)),
    discard: () => Promise.resolve(),
  };
  const taking = receiving(far, () => Promise.resolve(target));
  await rejects(
    sendFile(near, OFFER, memoryFile(BODY.subarray(0, 6)), { clock: new FakeClock(), digest: sha256Stream }),
    /shorter/,
  );
  strictEqual((await taking).kind, "failed");
  ok(!kept);
});

Deno.test("A file that changes while it is sent, sealed or not, is not delivered", async () => {
  const header = { groupId: "g", fileId: "a1", name: "f", size: 10 };
  const random = { bytes: (count: number) => new Uint8Array(count) };
  for (const isSealed of [false, true]) {
    for (const isSame of [true, false]) {
      const file = { ...memoryFile(BODY), isSame: () => Promise.resolve(isSame) };
      const sent = isSealed ? sealedSource(file, header, new Uint8Array(32), random) : file;
      const [near, far] = memoryDuplexPair();
      let isKept = false;
      const target = {
        write: () => Promise.resolve(),
        commit: () => Promise.resolve(void (isKept = true)),
        discard: () => Promise.resolve(),
      };
      const taking = receiving(far, () => Promise.resolve(target));
      const options = { clock: new FakeClock(), digest: sha256Stream };
      const sending = sendFile(near, { ...OFFER, size: BigInt(sent.size) }, sent, options);
      if (isSame) strictEqual((await sending).kind, "delivered");
      else await rejects(sending, /the file changed while it was read/);
      await taking;
      strictEqual(isKept, isSame);
    }
  }
});

Deno.test("A trailer of other bytes, in capitals, or none at all keeps nothing", async () => {
  const cases: [Uint8Array, string][] = [
    [encodeTrailer("0".repeat(64)), "checksum mismatch"],
    [encodeTrailer(SUM.toUpperCase()), "checksum mismatch"],
    [Uint8Array.of(0, 0, 0, 1, 0x7b), "bad trailer"],
    [new Uint8Array(0), "no trailer"],
  ];
  for (const [trailer, reason] of cases) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const target = {
      write: () => Promise.resolve(),
      commit: () => Promise.reject(new Error("it is kept")),
      discard: () => Promise.resolve(),
    };
    const taking = receiving(near, () => Promise.resolve(target));
    await far.write(concat(encodeOffer(OFFER), BODY, trailer));
    await far.closeWrite();
    deepStrictEqual(await taking, { kind: "failed", offer: OFFER, reason });
  }
});

Deno.test("An empty file is one, for its owner alone; a size below 0, or that no number is, is declined", async () => {
  const take = async (size: bigint): Promise<unknown[]> => {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const modes: (number | undefined)[] = [];
    const taking = receiving(near, () =>
      Promise.resolve({
        write: () => Promise.resolve(),
        commit: (mode) => Promise.resolve(void modes.push(mode)),
        discard: () => Promise.resolve(),
      }));
    await far.write(concat(encodeOffer({ ...OFFER, size }), encodeTrailer(sha256Stream().hex())));
    await far.closeWrite();
    const outcome = await taking;
    return [outcome.kind, "reason" in outcome ? outcome.reason : modes];
  };
  deepStrictEqual(await take(0n), ["kept", [0o600]]);
  deepStrictEqual(await take(-1n), ["refused", "negative size"]);
  deepStrictEqual(await take(2n ** 53n), ["refused", "declined"]);
});
