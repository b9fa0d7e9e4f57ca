/** Runner of the group `envelopes` of skychat.json. */
import { deepStrictEqual, fail, ok, strictEqual } from "node:assert/strict";
import { encodeControl } from "../../../lib/chat/control.ts";
import { classify, encodeEnvelope, type Envelope, type Incoming } from "../../../lib/chat/envelope.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { ChatLink } from "../../../lib/chat/link.ts";
import type { LinkOut } from "../../../lib/chat/link_types.ts";
import { concat, fromUtf8, toHex, utf8, writeU32 } from "../../../lib/wire/bytes.ts";
import { byMember, each, hexEqual, isProse, nothingElse } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Envelopes as written, what a payload is read as, and what a receiver shows and answers. */
export const skychatEnvelopes: GroupRunner = (group) =>
  byMember(group, {
    encode: each(({ json }) => json, ({ object, json, frame_hex }) => {
      const payload = encodeEnvelope(envelopeOf(object));
      strictEqual(fromUtf8(payload), json);
      hexEqual(encodeChatFrame(payload), frame_hex, "frame");
      deepStrictEqual(classify(payload), classify(utf8(JSON.stringify(object))));
    }),
    classify: (classes) =>
      byMember(classes, {
        cases: each((vector) => JSON.stringify(vector.payload), checkClass),
      }),
    receiver_actions: (actions) =>
      byMember(actions, {
        cases: each((vector) => JSON.stringify(vector.payload), checkAction),
      }),
  });

// deno-lint-ignore no-explicit-any
function envelopeOf({ type, id, body, ack, reply_to: replyTo, ...rest }: any): Envelope {
  nothingElse(rest);
  return { type, id, body, ack, replyTo }; // Go writes one structure, whatever the type
}

// deno-lint-ignore no-explicit-any
function checkClass({ payload, kind, ...members }: any): void {
  if (kind === "frame error") {
    const error = endOf(new ChatLink().handle({ kind: "bytes", bytes: frameOf(payload) }, 0));
    return ok(error, "the frame must end the link");
  }
  const incoming = classify(utf8(payload));
  ok(kindsOf(incoming).includes(kind), `it is read as ${kindsOf(incoming)}`);
  if (incoming.kind === "text") strictEqual(incoming.body, payload, "text is unchanged");
  const all = membersOf(incoming);
  for (const [member, value] of Object.entries(members)) {
    if (!isProse(member)) deepStrictEqual(all[member], value, member);
  }
}

/** What was read, by the names on the wire; an envelope has all of its members, as Go reads them. */
function membersOf(incoming: Incoming): Record<string, unknown> {
  if (incoming.kind === "text") return { body: incoming.body };
  if (incoming.kind === "control") return JSON.parse(fromUtf8(encodeControl(incoming.frame)));
  const { replyTo = "", ...found }: Envelope & { replyTo?: string } = incoming.envelope;
  return { body: "", ack: false, reply_to: replyTo, ...found };
}

/** What a payload may be called: a control frame by its type, or by what it controls. */
function kindsOf(incoming: Incoming): string[] {
  if (incoming.kind === "text") return ["text"];
  if (incoming.kind === "envelope") return [incoming.envelope.type];
  const { type } = incoming.frame;
  return [type, `${type.slice(0, type.indexOf("-"))}-control`];
}

// deno-lint-ignore no-explicit-any
function checkAction({ payload, reply_frame_hex, shown }: any): void {
  const link = new ChatLink();
  const first = link.handle({ kind: "bytes", bytes: frameOf(payload) }, 0);
  const tokens = first.flatMap((out) => out.kind === "received" ? [out.token] : []);
  const outs = [...first, ...tokens.flatMap((token) => link.handle({ kind: "stored", token }, 0))];
  const bodies = outs.flatMap((out) => out.kind === "received" ? [out.message.body] : []);
  deepStrictEqual(bodies, shown === null ? [] : [shown], "shown");
  const writes = outs.flatMap((out) => out.kind === "write" ? [out.bytes] : []);
  strictEqual(toHex(concat(...writes)), reply_frame_hex ?? "", "reply");
}

/** Also of a payload that no writer makes: empty or too long. */
function frameOf(payload: string): Uint8Array {
  const bytes = utf8(payload);
  const length = new Uint8Array(4);
  writeU32(length, 0, bytes.length);
  return concat(length, bytes);
}

function endOf(outs: readonly LinkOut[]): Error | undefined {
  for (const out of outs) if (out.kind === "ended") return out.error;
  return fail("the link goes on");
}
