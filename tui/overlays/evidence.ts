/**
 * Who has a message, by which proof, and which attempts failed why.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { QueuedView } from "../../lib/app/outbox/outbox.ts";
import { markOf } from "../drawing/marks.ts";
import type { Row } from "../drawing/screen.ts";
import { clockOf, longDayOf, msOf } from "../drawing/time.ts";
import { textRows } from "../messages/renderer.ts";
import { byName, idOf, isPerson, nameOf, nameOfPeer, threadOf, writerOf } from "../state/model.ts";
import type { Model, Overlay } from "../state/types.ts";
import { fileOf, fileStands } from "../steps/files.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

function lines(model: Model, { about }: Overlay, width: number): Row[] {
  const message = model.open === undefined
    ? undefined
    : threadOf(model, model.open).messages.find(({ position }) => position === about?.position);
  if (message === undefined) return [];
  const queued = model.outbox?.find((one) =>
    one.message.peer === message.peer && one.message.position === message.position
  );
  return evidenceOf(model, message, queued).flatMap((text) => textRows(text, width));
}

/** The facts, a sentence each. */
export function evidenceOf(model: Model, message: MessageView, queued: QueuedView | undefined): string[] {
  const { outgoing, peer, ts, id, via, state, reason, position } = message;
  const name = outgoing ? nameOf(model, idOf(peer)) : writerOf(model, message);
  const inGroup = !isPerson(idOf(peer));
  const when = `${longDayOf(model, msOf(ts))}, ${clockOf(model, msOf(ts))}`;
  const facts = [
    outgoing ? `To ${name} (${peer})` : `From ${name} (${message.sender ?? peer})`,
    `${outgoing ? "Written" : "Came"} ${when}, number ${position} of the conversation, over ${via}`,
    `State: ${outgoing ? markOf(message).words : state === "deleted" ? "deleted" : "kept here"}`,
    ...membersKnown(model, message) ??
      (inGroup ? GROUP_PROOFS : PROOFS)[outgoing ? state : state === "deleted" ? "deleted" : "incoming"](
        name,
      ),
  ];
  const file = fileOf(model, message);
  if (file !== undefined) facts.push(`File: ${fileStands(file)}`);
  if (id !== undefined) facts.push(`Id: ${id}`);
  if (queued !== undefined) {
    const due = clockOf(model, msOf(queued.due));
    facts.push(
      `Attempts so far: ${queued.attempts}${
        msOf(queued.due) > model.nowMs ? `; the next one at ${due}` : ""
      }`,
    );
  }
  if (reason !== undefined) {
    facts.push(`${outgoing ? "Last attempt" : "Warning"}: ${byName(model, reason)}`);
  }
  return facts;
}

/** Member by member; undefined when nobody is known to have it. */
function membersKnown(model: Model, { id, peer }: MessageView): string[] | undefined {
  const { known } = model;
  if (known === undefined || known.id !== id || known.by.length === 0) return undefined;
  const others = (model.members.get(peer) ?? []).map(({ pk }) => pk).filter((pk) => pk !== model.own);
  const missing = others.filter((pk) => !known.by.some((one) => one.pk === pk));
  return [
    `Known to have it: ${known.by.length} of ${Math.max(others.length, known.by.length)} other members`,
    ...known.by.map(({ pk, by, ts }) =>
      `✓ ${nameOfPeer(model, pk)}: ${by === "feed" ? "its own feed names it" : "it fetched it from us"}, ${
        clockOf(model, msOf(ts))
      }`
    ),
    ...missing.map((pk) => `· ${nameOfPeer(model, pk)}: nothing is known`),
  ];
}

const IN_FEED = "It is in our feed; nobody is known to have fetched it";
const GROUP_PROOFS: Readonly<Record<string, (name: string) => string[]>> = {
  incoming: (name) => [`Proof of the sender: a signature with ${name}'s key, unless a warning stands here`],
  pending: () => [IN_FEED],
  sent: () => [IN_FEED],
  received: () => ["Proof: another member's own feed names it, or a member fetched it from us"],
  read: () => ["Proof: another member's own feed names it"],
  unconfirmed: () => [IN_FEED],
  failed: () => ["Nobody has it but this machine"],
  cancelled: () => ["Nobody has it but this machine"],
  deleted: () => ["The text was taken back"],
};

const PROOFS: Readonly<Record<string, (name: string) => string[]>> = {
  incoming: (name) => [`Proof of the sender: the stream was authenticated with ${name}'s key`],
  pending: () => ["Nobody has it but this machine"],
  sent: (name) => [`Proof: the server has taken every byte; ${name}'s program has not said that it has it`],
  received: (
    name,
  ) => [`Proof: an ack from ${name}'s program over a stream that is authenticated with its key`],
  read: (name) => [`Proof: an ack and a read receipt from ${name}'s program`],
  unconfirmed: (name) => [`It may have left, and no ack came: ${name} may have it or not`],
  failed: () => ["Nobody has it but this machine"],
  cancelled: () => ["It was taken out of the outbox"],
  deleted: () => ["The text was taken back; its id is remembered"],
};

/** The overlay. */
export const evidence: OverlayKind = overlayOf({
  name: "evidence",
  opensOn: "evidence",
  title: () => "Who has this message",
  hint: "`dmsg history --json` has the same facts · Esc closes",
  lines,
});
