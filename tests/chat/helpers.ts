/**
 * Shared by the chat tests: a link fed with payloads, its outputs as short texts.
 *
 * @module
 */
import { encodeChatFrame } from "../../lib/chat/frame.ts";
import type { ChatLink } from "../../lib/chat/link.ts";
import type { LinkIn, LinkOut, SendIn } from "../../lib/chat/link_types.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

/** The frames of some payloads, as one input. */
export const frames = (...payloads: string[]): LinkIn => ({
  kind: "bytes",
  bytes: concat(...payloads.map((payload) => encodeChatFrame(utf8(payload)))),
});

/** A message that asks for an ack; `ref` is the id in capitals. */
export const acked = (id: string, waitMs = 5000): SendIn => ({
  kind: "send",
  ref: id.toUpperCase(),
  text: "t",
  id,
  ack: true,
  waitMs,
});

/** Outputs as texts, for comparing whole sequences. */
export function texts(outs: readonly LinkOut[]): string[] {
  return outs.map((out) => {
    switch (out.kind) {
      case "write":
        return `> ${fromUtf8(out.bytes.subarray(4))}`;
      case "received":
        return `received ${out.token} ${JSON.stringify(out.message)}`;
      case "ended":
      case "close":
        return out.error ? `${out.kind}: ${out.error.message}` : out.kind;
      default: {
        const { kind, ...members } = out;
        return `${kind} ${JSON.stringify(members)}`;
      }
    }
  });
}

/** Feeds inputs at one time. */
export const run = (link: ChatLink, inputs: readonly LinkIn[], nowMs = 0): string[] =>
  texts(inputs.flatMap((input) => link.handle(input, nowMs)));
