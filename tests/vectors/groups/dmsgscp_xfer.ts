/** Runner of the group `xfer` of dmsgscp.json: both of our roles against what the other one wrote. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import {
  encodeOffer,
  encodeTrailer,
  type Offer,
  parseOffer,
  XFER_FRAME,
  XFER_PORT,
} from "../../../lib/xfer/frames.ts";
import { isTransferId, savedName, shortName } from "../../../lib/xfer/names.ts";
import { DRAIN_MS, IDLE_MS, receiveFile, sendFile, type SendOutcome } from "../../../lib/xfer/transfer.ts";
import { concat, fromHex, readU32, toHex } from "../../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../../fakes/tree.ts";
import { byMember, cutsOf, each } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

interface Session {
  readonly id: string;
  readonly outcome?: string;
  readonly decoded_name?: string;
  readonly steps: readonly {
    readonly from: "sender" | "receiver";
    readonly hex?: string;
    readonly close?: string;
  }[];
}

/** Limits, transcripts, and names under which files are kept. */
export const dmsgscpXfer: GroupRunner = (group) =>
  byMember(group, {
    port: (value) => [{ name: "port", run: () => strictEqual(XFER_PORT, value) }],
    max_frame: (value) => [{ name: "max_frame", run: () => strictEqual(XFER_FRAME.maxBytes, value) }],
    idle_s: (value) => [{ name: "idle_s", run: () => strictEqual(IDLE_MS, value * 1000) }],
    drain_s: (value) => [{ name: "drain_s", run: () => strictEqual(DRAIN_MS, value * 1000) }],
    go_chunk: () => [],
    sessions: (sessions: readonly Session[]) => sessions.flatMap(casesOf),
    saved_names: each(({ name, id }) => `${JSON.stringify(name)} ${id}`, (entry) => {
      const saved = savedName(entry.name, entry.id);
      if (entry.unsafe || !isTransferId(entry.id)) return strictEqual(saved, undefined);
      // A name of a Go peer may hold what moves a cursor; ours has "_" there. A long one is cut.
      const seen = entry.go_saved_as.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "_");
      strictEqual(saved, shortName(seen, 240));
    }),
  });

function casesOf(session: Session): VectorCase[] {
  const cases: VectorCase[] = [{ name: `${session.id}: our receiver`, run: () => asReceiver(session) }];
  if (offerOf(session) && writesAsWe(session)) {
    cases.push({ name: `${session.id}: our sender`, run: () => asSender(session) });
  }
  return cases;
}

const bytesOf = ({ steps }: Session, from: string): Uint8Array =>
  concat(...steps.filter((step) => step.from === from).map(({ hex }) => fromHex(hex ?? "")));

/** The offer, if the first frame is one. */
function offerOf(session: Session): Offer | undefined {
  const bytes = bytesOf(session, "sender");
  const end = bytes.length < 4 ? 0 : 4 + readU32(bytes, 0);
  return end <= 4 || end > bytes.length ? undefined : parseOffer(bytes.subarray(4, end));
}

/** Whether our sender writes this offer byte for byte, and such a trailer behind the body. */
function writesAsWe(session: Session): boolean {
  const offer = offerOf(session)!;
  const sent = toHex(bytesOf(session, "sender"));
  const offered = encodeOffer(offer);
  if (!sent.startsWith(toHex(offered)) || offer.size < 0n) return false;
  if (session.outcome !== undefined) return session.outcome === "declined";
  const body = fromHex(sent).subarray(offered.length, offered.length + Number(offer.size));
  return sent === toHex(concat(offered, body, encodeTrailer(toHex(sha256(body)))));
}

async function asReceiver(session: Session): Promise<void> {
  const declines = session.outcome === "declined";
  const peer = offerOf(session)?.from.toLowerCase() ?? "";
  for (const parts of cutsOf(bytesOf(session, "sender"))) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const clock = new FakeClock();
    const tree = new MemoryTree();
    for (const part of parts) await far.write(part);
    await far.closeWrite();
    let name: string | undefined;
    const outcome = await receiveFile(near, peer, (offer) => {
      name = offer.name;
      return declines ? { ok: false, reason: "declined" } : { ok: true, open: () => tree.create("here") };
    }, { clock, digest: sha256Stream });
    strictEqual(toHex(await readAll(far)), toHex(bytesOf(session, "receiver")), "what the receiver wrote");
    strictEqual(outcome.kind === "kept", session.outcome === undefined, outcome.kind);
    strictEqual(tree.files.size, session.outcome === undefined ? 1 : 0, "files");
    strictEqual(tree.unfinished, 0);
    if (session.decoded_name !== undefined) strictEqual(name, session.decoded_name);
  }
}

async function asSender(session: Session): Promise<void> {
  const offer = offerOf(session)!;
  const sent = bytesOf(session, "sender");
  const body = sent.subarray(encodeOffer(offer).length).slice(0, Number(offer.size));
  for (const parts of cutsOf(bytesOf(session, "receiver"))) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    for (const part of parts) await far.write(part);
    let outcome: SendOutcome | undefined;
    const sending = sendFile(near, offer, memoryFile(body), { clock: new FakeClock(), digest: sha256Stream })
      .then((result) => outcome = result);
    await settle();
    await sending;
    strictEqual(toHex(await readAll(far)), toHex(sent), "what the sender wrote");
    deepStrictEqual(
      outcome,
      session.outcome === "declined" ? { kind: "declined", reason: "declined" } : {
        kind: "delivered",
      },
    );
  }
  ok(true);
}

async function readAll(stream: { read(): Promise<Uint8Array | null> }): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const bytes = await stream.read().catch(() => null);
    if (bytes === null) return concat(...parts);
    parts.push(bytes.slice());
  }
}
