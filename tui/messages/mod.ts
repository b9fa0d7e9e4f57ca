/**
 * The renderers, in the order in which they are asked.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { oneLine } from "../drawing/text.ts";
import { deleted } from "./deleted.ts";
import { file } from "./file.ts";
import { forward } from "./forward.ts";
import { invite } from "./invite.ts";
import { overlay } from "./overlay.ts";
import type { Reader, Renderer } from "./renderer.ts";
import { reply } from "./reply.ts";
import { text } from "./text.ts";

const RENDERERS: readonly Renderer[] = [deleted, reply, forward, file, invite, overlay, text];

/** Who draws a message. */
export const rendererOf = (message: MessageView): Renderer => RENDERERS.find((one) => one.is(message))!;

/** A message in one line of a list, a quote or a notice, as we call who is in it. */
export const lineIn = (reader: Reader, message: MessageView): string => oneLine(wordsOf(message, reader));

/** A message's body as words, not cleaned; without a reader for anybody. */
export const wordsOf = (message: MessageView, reader?: Reader): string =>
  rendererOf(message).words(message, reader);
