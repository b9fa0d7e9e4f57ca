/**
 * Changes as JSON for the journal: texts for nanoseconds, null for a fact that is taken away. A message, which is nearly
 * all of a journal, is a list.
 *
 * @module
 */
import type { Change, Direction, MessageState, NewMessage, PeerFacts } from "../store.ts";

/** A message as it lies in the journal; 0 where it has nothing. */
export type MessageCode = readonly [
  peer: string,
  direction: Direction,
  id: string | 0,
  body: string,
  at: string,
  state: MessageState,
  reason: string | 0,
  replyTo: string | 0,
  form: NewMessage["form"],
  via: NewMessage["via"],
  due: string | 0,
  restored: 0 | 1,
];

/** A change as it lies in the journal. */
export type ChangeCode = MessageCode | { readonly kind: string };

/** A change as a value for JSON. */
export function encodeChange(change: Change): ChangeCode {
  switch (change.kind) {
    case "message": {
      const { peer, direction, id = 0, body, atNs, state, reason = 0, replyTo = 0, form, via } =
        change.message;
      const due = change.queue ? String(change.queue.dueNs) : 0;
      const restored = change.restored ? 1 : 0;
      return [peer, direction, id, body, String(atNs), state, reason, replyTo, form, via, due, restored];
    }
    case "queue":
      return { ...change, dueNs: String(change.dueNs) } as ChangeCode;
    case "peer": {
      const facts = Object.entries(change.facts).map(([name, value]) => [name, value ?? null]);
      return { ...change, facts: Object.fromEntries(facts) } as ChangeCode;
    }
    case "value": {
      const { kind, room, name, value } = change;
      return { kind, room, name, ...(value === undefined ? {} : { value: value.toBase64() }) } as ChangeCode;
    }
    default:
      return change;
  }
}

/** Undoes {@link encodeChange}. */
export function decodeChange(code: ChangeCode): Change {
  if (isMessage(code)) return messageIn(code);
  const change = code as Exclude<Change, { kind: "message" }>;
  if (change.kind === "queue") return { ...change, dueNs: BigInt(change.dueNs) };
  if (change.kind === "value") {
    const { value } = change as { readonly value?: unknown };
    return { ...change, value: value === undefined ? undefined : Uint8Array.fromBase64(value as string) };
  }
  if (change.kind !== "peer") return change;
  const facts = Object.entries(change.facts).map(([name, value]) => [name, value ?? undefined]);
  return { ...change, facts: Object.fromEntries(facts) as PeerFacts };
}

/** What JSON makes of a character, at most. */
export const ESCAPED_BYTES = 6;
/** A change without its texts: names, numbers, punctuation. */
const BARE_BYTES = 400;
/** Facts and details have no more: they are refused else. */
const RECORD_BYTES = 33 * 1024;

/** Bytes that a change takes in the journal, at most; nothing is encoded for that. */
export function codeBytes(change: Change): number {
  const escaped = (...texts: (string | undefined)[]): number =>
    BARE_BYTES + texts.reduce((sum, text) => sum + ESCAPED_BYTES * (text?.length ?? 0), 0);
  switch (change.kind) {
    case "message": {
      const { peer, id, body, reason, replyTo } = change.message;
      return escaped(peer, id, body, reason, replyTo);
    }
    case "seen":
      return escaped(change.peer, change.id, change.body);
    case "state":
      return escaped(change.peer, change.reason);
    case "value":
      return escaped(change.room, change.name) + 4 * Math.ceil((change.value?.length ?? 0) / 3);
    case "network":
      return escaped(change.name) + RECORD_BYTES;
    case "peer":
      return escaped(change.peer) + RECORD_BYTES;
    default:
      return escaped(change.peer);
  }
}

const isMessage = (code: ChangeCode): code is MessageCode => Array.isArray(code);

function messageIn(code: MessageCode): Change {
  const [peer, direction, id, body, at, state, reason, replyTo, form, via, due, restored] = code;
  return {
    kind: "message",
    message: {
      peer,
      direction,
      ...(id === 0 ? {} : { id }),
      body,
      atNs: BigInt(at),
      state,
      ...(reason === 0 ? {} : { reason }),
      ...(replyTo === 0 ? {} : { replyTo }),
      form,
      via,
    },
    ...(due === 0 ? {} : { queue: { dueNs: BigInt(due) } }),
    ...(restored === 0 ? {} : { restored: true }),
  };
}
