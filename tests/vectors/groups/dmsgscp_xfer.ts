/** Runner of the group `xfer` of dmsgscp.json: both of our roles against what the other one wrote. */
import { ok, rejects, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import {
  encodeOffer,
  encodeTrailer,
  type Offer,
  parseOffer,
  parseVerdict,
  type Verdict,
  XFER_FRAME,
  XFER_PORT,
} from "../../../lib/xfer/frames.ts";
import { isTransferId, savedName, shortName } from "../../../lib/xfer/names.ts";
import { DRAIN_MS, IDLE_MS, receiveFile, sendFile, type SendOutcome } from "../../../lib/xfer/transfer.ts";
import { concat, fromHex, readU32, toHex } from "../../../lib/wire/bytes.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../../fakes/tree.ts";
import { byMember, cutsOf, each, readAll, whole } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

interface Session {
  readonly id: string;
  readonly outcome?: string;
  readonly decoded_name?: string;
  readonly steps: readonly {
    readonly from: "sender" | "receiver";
    readonly hex?: string;
    /** The same for people. */
    readonly text?: string;
    /** Both roles are told that nothing follows. */
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
    sessions: (sessions: readonly Session[]) =>
      sessions.flatMap((session) => {
        try {
          return whole(session, casesOf);
        } catch (error) {
          const run = (): never => {
            throw error; // one that is not understood is a failure of its own, and not of the others
          };
          return [{ name: `${session.id}: (whole)`, run }];
        }
      }),
    saved_names: each(({ name, id }) => `${JSON.stringify(name)} ${id}`, (entry) => {
      const { name, id, unsafe, go_saved_as: theirs } = entry;
      const saved = savedName(name, id);
      if (unsafe || !isTransferId(id)) return strictEqual(saved, undefined);
      // A name of a Go peer may hold what moves a cursor; ours has "_" there. A long one is cut.
      const seen = theirs.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "_");
      strictEqual(saved, shortName(seen, 240));
    }),
  });

function casesOf(session: Session): VectorCase[] {
  const plan = planOf(session);
  const cases: VectorCase[] = [];
  const { id, outcome } = session;
  ok(outcome === undefined || Object.hasOwn(ENDS, outcome), `outcome "${outcome}" of ${id} is not known`);
  if (plan.receiver) {
    cases.push({ name: `${session.id}: our receiver`, run: () => asReceiver(session, plan) });
  }
  if (plan.sender) cases.push({ name: `${session.id}: our sender`, run: () => asSender(session, plan) });
  ok(cases.length > 0, `nothing to run for ${session.id}`);
  return cases;
}

/** Outcomes in the words of the vectors, and how a sender of ours ends then. */
const ENDS: Readonly<Record<string, readonly SendOutcome["kind"][]>> = {
  declined: ["declined"],
  error: ["declined", "failed"],
  unconfirmed: ["unconfirmed"],
};

/** Which sides are such as ours could be, and what the receiver says. */
interface Plan {
  readonly sender: boolean;
  readonly receiver: boolean;
  /** The answer to the offer; undefined when there is none. */
  readonly answer?: Verdict;
  /** How a sender ends. */
  readonly end: SendOutcome["kind"];
  readonly reason: string;
}

function planOf(session: Session): Plan {
  const offer = offerOf(session);
  const [answer, receipt] = verdictsOf(bytesOf(session, "receiver"));
  const isWhole = offer !== undefined && isWholeFile(session, offer);
  const isTaken = answer?.ok === true && receipt?.ok === true;
  const isDeclined = answer?.ok === false;
  // Ours always answers an offer; of a receiver that has left without a word only our sender can be shown.
  const hasLeft = offer !== undefined && offer.size >= 0n && answer === undefined &&
    session.steps.some(({ from, close }) => from === "receiver" && close !== undefined);
  const asked = offer !== undefined && (answer !== undefined || hasLeft) && offer.size >= 0n &&
    toHex(bytesOf(session, "sender")).startsWith(toHex(encodeOffer(offer)));
  return {
    // A file that came whole is kept by ours, and it says so; and a "no" of ours has a reason.
    receiver: (isTaken || !isWhole) && !(isDeclined && answer.err === "") && !hasLeft,
    sender: asked && (isDeclined || isWhole || hasLeft),
    answer,
    end: isDeclined
      ? "declined"
      : receipt === undefined
      ? "unconfirmed"
      : receipt.ok
      ? "delivered"
      : "failed",
    reason: (isDeclined ? answer.err : receipt?.err) || (isDeclined ? "declined" : "not kept"),
  };
}

/** What stands in frames. */
function verdictsOf(bytes: Uint8Array): Verdict[] {
  const found: Verdict[] = [];
  for (let at = 0; bytes.length - at >= 4;) {
    const end = at + 4 + readU32(bytes, at);
    const verdict = end <= bytes.length && parseVerdict(bytes.subarray(at + 4, end));
    if (!verdict) break;
    found.push(verdict);
    at = end;
  }
  return found;
}

/** Whether body and trailer stand behind the offer as our sender writes them. */
function isWholeFile(session: Session, offer: Offer): boolean {
  if (offer.size < 0n) return false;
  const bytes = bytesOf(session, "sender");
  const start = 4 + readU32(bytes, 0);
  const body = bytes.subarray(start, start + Number(offer.size));
  return toHex(bytes.subarray(start)) === toHex(concat(body, encodeTrailer(toHex(sha256(body)))));
}

const bytesOf = ({ steps }: Session, from: string): Uint8Array =>
  concat(
    ...steps.filter((step) => step.from === from).map(({ hex, text: _text, close: _close }) =>
      fromHex(hex ?? "")
    ),
  );

/** The offer, if the first frame is one. */
function offerOf(session: Session): Offer | undefined {
  const bytes = bytesOf(session, "sender");
  const end = bytes.length < 4 ? 0 : 4 + readU32(bytes, 0);
  return end <= 4 || end > bytes.length ? undefined : parseOffer(bytes.subarray(4, end));
}

async function asReceiver(session: Session, { answer }: Plan): Promise<void> {
  const peer = offerOf(session)?.from ?? "";
  for (const parts of cutsOf(bytesOf(session, "sender"))) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    const clock = new FakeClock();
    const tree = new MemoryTree();
    for (const part of parts) await far.write(part);
    await far.closeWrite();
    let name: string | undefined;
    const outcome = await receiveFile(near, peer, (offer) => {
      name = offer.name;
      if (answer?.ok === false) return { ok: false, reason: answer.err };
      return { ok: true, open: () => tree.create("here") };
    }, { clock, digest: sha256Stream });
    strictEqual(toHex(await readAll(far)), toHex(bytesOf(session, "receiver")), "what the receiver wrote");
    strictEqual(outcome.kind === "kept", session.outcome === undefined, outcome.kind);
    strictEqual(tree.files.size, session.outcome === undefined ? 1 : 0, "files");
    strictEqual(tree.unfinished, 0);
    if (session.decoded_name !== undefined) strictEqual(name, session.decoded_name);
  }
}

async function asSender(session: Session, { answer, end, reason }: Plan): Promise<void> {
  const offer = offerOf(session)!;
  const sent = bytesOf(session, "sender");
  const body = sent.subarray(encodeOffer(offer).length).slice(0, Number(offer.size));
  for (const parts of cutsOf(bytesOf(session, "receiver"))) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    for (const part of parts) await far.write(part);
    if (end === "unconfirmed") await far.closeWrite();
    const options = { clock: new FakeClock(), digest: sha256Stream };
    if (answer === undefined) {
      strictEqual(session.outcome, "error", "a file that nobody wanted is not delivered");
      await rejects(sendFile(near, offer, memoryFile(body), options), NetworkError);
      continue;
    }
    const outcome = await sendFile(near, offer, memoryFile(body), options);
    strictEqual(toHex(await readAll(far)), toHex(sent), "what the sender wrote");
    strictEqual(outcome.kind, end);
    if (session.outcome !== undefined) {
      ok(ENDS[session.outcome]?.includes(end), `"${session.outcome}": ${end}`);
    }
    if (outcome.kind === "declined" || outcome.kind === "failed") strictEqual(outcome.reason, reason);
  }
}
