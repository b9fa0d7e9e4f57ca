/**
 * How a message of ours goes: its protocol, its envelope and its id; and the way to its peer.
 *
 * @see lib/app/README.md "Sending"
 * @module
 */
import { DMSG_CHAT_PORT } from "../../chat/dmsg_chat.ts";
import { MAX_PAYLOAD_BYTES } from "../../chat/frame.ts";
import {
  clampWait,
  excessBytes,
  MAX_ID_CHARS,
  newMessageId,
  type OutgoingMessage,
} from "../../chat/outgoing.ts";
import { sendId } from "../../chat/send_id.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { NewMessage, Store } from "../../store/store.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import type { Carry } from "../outbox/job.ts";
import { isBlocked } from "../peers/block_file.ts";
import type { PeerBook } from "../peers/peer_book.ts";
import type { DmsgChatPort } from "./dmsg_chat_port.ts";
import type { SendRequest } from "./messages.ts";
import { CHAT_PORT, type Messenger } from "./messenger.ts";

/** How far back the protocol of a conversation is looked for. */
const LOOK_BACK = 20;

/** What a message needs on its way: as it is kept, and how it goes. */
export type Planned = Pick<NewMessage, "id" | "form" | "via" | "body" | "replyTo">;

/** What planning works with. */
export interface PlanningParts {
  /** Where messages are. */
  readonly store: Store;
  /** What is known of peers. */
  readonly book: PeerBook;
  /** Port 9001. */
  readonly dmsgChat: DmsgChatPort;
  /** Message ids. */
  readonly random: Random;
}

/** Takes a kept message to its peer, on the port that it belongs to. */
export function carrier(parts: { readonly messenger: Messenger; readonly dmsgChat: DmsgChatPort }): Carry {
  return async (message, { waitMs, ...hooks }) => {
    const { peer, via, body } = message;
    if (via === "dmsg-chat") {
      await parts.dmsgChat.send(peer, parts.dmsgChat.payload(body), hooks);
      return { kind: "handed-over" };
    }
    const options = { ...hooks, waitMs: message.id === undefined ? 0 : waitMs };
    const outcome = await parts.messenger.deliver({ pk: peer, port: CHAT_PORT }, onTheWire(message), options);
    if (outcome.state === "acked") return { kind: "acked", once: outcome.once };
    return outcome.state === "handed-over"
      ? { kind: "handed-over" }
      : { kind: "unanswered", reason: outcome.reason };
  };
}

/** Whatever has an id asks for an ack: one that comes late still tells that it arrived. */
const onTheWire = ({ body, id, replyTo }: Planned): OutgoingMessage => ({
  text: body,
  ack: id !== undefined,
  ...(id === undefined ? {} : { id }),
  ...(replyTo === undefined ? {} : { replyTo }),
});

/** Plans messages. */
export class Planning {
  readonly #parts: PlanningParts;
  /** The protocol of each conversation's last incoming message; undefined: not looked for yet. */
  readonly #via = new Map<PublicKeyHex, Promise<NewMessage["via"]>>();

  /** Nothing is known yet. */
  constructor(parts: PlanningParts) {
    this.#parts = parts;
  }

  /** A message of that protocol came: the answer goes the same way. */
  answerVia(peer: PublicKeyHex, via: NewMessage["via"]): void {
    if (this.#via.size > 1024) this.#via.clear();
    this.#via.set(peer, Promise.resolve(via));
  }

  /** A conversation was forgotten. */
  forget(peer: PublicKeyHex): void {
    this.#via.delete(peer);
  }

  /**
   * Plans a message.
   * @param named  The id that somebody has chosen.
   * @throws {UserError} usage, refused: it can't be sent so.
   */
  async plan(
    { to, text, waitMs, key, replyTo, queue, mark }: SendRequest,
    named?: string,
  ): Promise<Planned> {
    const { book, random } = this.#parts;
    if ((await book.get(to.pk)).blocked) throw isBlocked(to.pk);
    if (text === "") throw usage("An empty message can't be sent", "Say something.");
    const via = await this.#viaOf(to.pk, to.port, (key ?? replyTo ?? named) !== undefined);
    if (via === "dmsg-chat") {
      checkLength(this.#parts.dmsgChat.payload(text).length - MAX_PAYLOAD_BYTES);
      return { form: "text", via, body: text };
    }
    if ((replyTo?.length ?? 0) > MAX_ID_CHARS) {
      throw usage("The id of the answered message is too long", "Check it.");
    }
    const isEnvelope = clampWait(waitMs) > 0 || queue || (key ?? replyTo ?? named) !== undefined;
    const fresh = isEnvelope ? mark ?? newMessageId(random) : undefined;
    const id = key !== undefined ? idOf(to.pk, key) : named ?? fresh;
    const planned: Planned = {
      form: isEnvelope ? "envelope" : "text",
      via,
      body: text,
      ...(id === undefined ? {} : { id }),
      ...(replyTo === undefined ? {} : { replyTo }),
    };
    checkLength(excessBytes(onTheWire(planned)));
    return planned;
  }

  /** @param enveloped  Only port 1 knows ids. */
  async #viaOf(peer: PublicKeyHex, port: number, enveloped: boolean): Promise<NewMessage["via"]> {
    if (port === DMSG_CHAT_PORT && enveloped) {
      throw usage("Port 9001 knows no message ids", "Leave --id and the reply out, or send to port 1.");
    }
    if (port === DMSG_CHAT_PORT) return "dmsg-chat";
    if (port !== CHAT_PORT) {
      throw usage(`Port ${port} takes no messages`, "Use port 1, or 9001 for dmsg chat.");
    }
    if (enveloped) return "dmsg";
    const known = this.#via.get(peer);
    if (known) return await known;
    const found = this.#parts.store.messages.newest(peer, LOOK_BACK).then((messages) =>
      messages.findLast(({ direction, via }) => direction === "in" && via !== "pair")?.via ?? "dmsg"
    );
    this.#via.set(peer, found);
    found.catch(() => this.#via.delete(peer));
    return await found;
  }
}

function idOf(peer: PublicKeyHex, key: string): string {
  try {
    return sendId(peer, key);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError("A message key has 1 to 1024 bytes", { kind: "usage", hint: "Shorten it.", cause });
  }
}

function checkLength(excess: number): void {
  if (excess <= 0) return;
  throw usage(`The message is ${excess} bytes too long`, "Send it in parts, or as a file.");
}

/** What was asked for can't be done. */
export const usage = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "usage", hint });
