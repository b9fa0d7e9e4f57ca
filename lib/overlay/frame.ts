/**
 * A message that belongs to an overlay: a line that everybody can read, then one line with a small JSON frame.
 *
 * @see specification skychat §h.3, §h.4
 * @module
 */
import { goJson, type GoObject, parseGoObject } from "../wire/go_json.ts";

/** Chat: plain text, no frame. */
export const CHAT = 1;
/** Lists. */
export const LIST = 2;
/** Bulletins. */
export const BULLETIN = 3;
/** Dashboards; numbers below 1000 are the public Cwtch program's. */
export const DASHBOARD = 1001;
/** Polls. */
export const POLL = 1002;
/** Invites: no frame says so, but a link in a text (lib/overlay/invite.ts). */
export const INVITE = 1003;

/** What makes the last line a frame: it is invisible where it is not known. */
const SEPARATOR = "\u2063";
/** Beyond this a frame is shown as text: its parts are small. */
const MAX_FRAME_CHARS = 65_536;

/** A body as an overlay sees it. */
export interface OverlayBody {
  /** Which overlay. */
  readonly overlay: number;
  /** The overlay's own text or JSON. */
  readonly data: string;
  /** The parent's name (§h.3): 130, 32 or 16 hex characters; as it came. */
  readonly parent?: string;
  /** What is shown where the overlay is not known. */
  readonly fallback: string;
  /** Members that are not ours; they survive every round trip. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** `plain`: no frame; `framed`: ours; `bare`: the whole body is a frame, as Cwtch sends it. */
  readonly form: "plain" | "framed" | "bare";
}

/** Reads a body. Whatever is no frame is chat. */
export function readOverlay(body: string): OverlayBody {
  const lineEnd = body.lastIndexOf("\n");
  const last = body.slice(lineEnd + 1);
  if (last.startsWith(`${SEPARATOR}{`)) {
    const frame = readFrame(last.slice(SEPARATOR.length));
    if (frame !== undefined) {
      return { ...frame, fallback: body.slice(0, Math.max(0, lineEnd)), form: "framed" };
    }
  }
  const frame = body.startsWith("{") ? readFrame(body) : undefined;
  if (frame !== undefined) return { ...frame, fallback: readable(frame), form: "bare" };
  return { overlay: CHAT, data: body, fallback: body, extra: {}, form: "plain" };
}

/** Where the data of Cwtch's numbers is JSON again: the member that people read, and what stands before it. */
const INSIDE: Readonly<Record<number, readonly [member: string, before: string]>> = {
  10: ["body", ""],
  200: ["f", "📎 "],
};

/** What people read of a bare frame, which has no line for them. */
function readable({ overlay, data }: Pick<OverlayBody, "overlay" | "data">): string {
  const [member, before] = INSIDE[overlay] ?? [];
  const text = member === undefined ? undefined : parseGoObject(data)?.[member];
  return typeof text === "string" && text !== "" ? `${before}${text}` : data;
}

function readFrame(json: string): Pick<OverlayBody, "overlay" | "data" | "parent" | "extra"> | undefined {
  const object = json.length <= MAX_FRAME_CHARS ? parseGoObject(json) : undefined;
  if (object === undefined) return undefined;
  const { o, d, p, ...extra } = object as GoObject & { o?: unknown; d?: unknown; p?: unknown };
  if (typeof o !== "bigint" || o < 0n || o > BigInt(Number.MAX_SAFE_INTEGER) || typeof d !== "string") {
    return undefined;
  }
  const parent = typeof p === "string" && p !== "" ? { parent: p } : {};
  const kept = p === undefined || typeof p === "string" ? extra : { ...extra, p };
  return { overlay: Number(o), data: d, ...parent, extra: kept };
}

/**
 * Writes a body: chat without parent and extra members as plain text, everything else with its fallback and frame.
 * @param body  `form` is what it was read as; a bare one is written as a framed one.
 */
export function encodeOverlay({ overlay, data, parent, fallback, extra }: Omit<OverlayBody, "form">): string {
  if (overlay === CHAT && parent === undefined && Object.keys(extra).length === 0) return data;
  return `${fallback}\n${SEPARATOR}${goJson({ o: overlay, d: data, p: parent, ...extra })}`;
}
