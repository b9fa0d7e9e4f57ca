/**
 * The JSON objects that are recognised inside a message's text, of a direct message or a group's.
 *
 * @see specification skychat §a.1 "Inside a body"
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { foldCase, goJson, type GoObject, goTrim, parseGoObject, readMembers } from "../wire/go_json.ts";
import { parseGoTime } from "../wire/go_time.ts";
import { eachMember, joined } from "../wire/twins.ts";

/** A quoted reply. */
export interface ReplyBody {
  /** `skychat_reply`. */
  readonly kind: "reply";
  /** Author of what is answered: a key as text, not verified. */
  readonly toSender?: string;
  /** When that was written, as it came. */
  readonly toTs?: string;
  /** The same in nanoseconds since 1970, when it is a time. */
  readonly toTsNs?: bigint;
  /** The beginning of what is answered. */
  readonly toPreview?: string;
  /** What the user wrote. */
  readonly text: string;
}

/** A text that was forwarded from a channel. */
export interface ForwardBody {
  /** `skychat_forward`. */
  readonly kind: "forward";
  /** Where it comes from, at most 64 bytes. */
  readonly from?: string;
  /** What the user wrote. */
  readonly text: string;
}

/** A group's attachment; the content travels on its own stream. */
export interface FileBody {
  /** `skychat_file`. */
  readonly kind: "file";
  /** The file's id, not empty. */
  readonly id: string;
  /** The file's name as claimed: not safe for a path. */
  readonly name: string;
  /** Bytes, as claimed: any i64. */
  readonly size: bigint;
}

/** Takes back the sender's own group message of that time. */
export interface DeleteBody {
  /** `skychat_delete`. */
  readonly kind: "delete";
  /** Nanoseconds since 1970, not 0. */
  readonly toTsNano: bigint;
}

/** A body that is one of the objects. */
export type BodyObject = ReplyBody | ForwardBody | FileBody | DeleteBody;

/** A body, recognised. */
export type Body = BodyObject | { readonly kind: "text"; readonly text: string };

/** Longest `from` of a forward. */
const MAX_FROM_BYTES = 64;

/** Key → reader of its value; undefined when a required member is missing. The first key that reads wins. */
const READERS: Readonly<Record<string, (value: GoObject) => BodyObject | undefined>> = {
  skychat_reply: readReply,
  skychat_forward: readForward,
  skychat_file: readFile,
  skychat_delete: readDelete,
};

/**
 * Recognises a body: trimmed it begins with `{`, contains the key, parses, and has what the object needs.
 * @param text  The message's text.
 * @returns The object; otherwise the text, unchanged.
 */
export function readBody(text: string): Body {
  const trimmed = goTrim(text);
  const keys = trimmed.startsWith("{") ? Object.keys(READERS).filter((key) => trimmed.includes(key)) : [];
  const object = keys.length > 0 ? parseGoObject(trimmed) : undefined;
  if (object) {
    for (const key of keys) {
      const value = objectIn(object, key);
      const found = value && READERS[key](value);
      if (found) return found;
    }
  }
  return { kind: "text", text };
}

/**
 * A member that is an object. Where it stands more than once Go reads each into what the ones before it said, and `null`
 * takes all of it away.
 * @returns undefined when there is none, or one of them is none.
 */
function objectIn(object: GoObject, key: string): GoObject | undefined {
  let parts: GoObject[] = [];
  const isRead = eachMember(object, (name, raw) => {
    if (foldCase(name) !== key) return true;
    if (raw === null) parts = [];
    else if (typeof raw === "object" && !Array.isArray(raw)) parts.push(raw as GoObject);
    else return false;
    return true;
  });
  if (!isRead || parts.length < 2) return isRead ? parts[0] : undefined;
  return joined(parts);
}

/**
 * What a user sees of a body.
 * @returns The text, `📎 name` for a file, undefined for a tombstone.
 */
export function shownText(body: Body): string | undefined {
  if (body.kind === "file") return `📎 ${body.name}`;
  return body.kind === "delete" ? undefined : body.text;
}

/** The text of a body object, as Go writes it. */
export function encodeBody(body: BodyObject): string {
  switch (body.kind) {
    case "reply": {
      const { toSender, toTs, toPreview, text } = body;
      const head = { to_sender: toSender || undefined, to_ts: toTs || undefined };
      return goJson({ skychat_reply: { ...head, to_preview: toPreview || undefined, text } });
    }
    case "forward":
      return goJson({ skychat_forward: { from: cutFrom(body.from ?? "") || undefined, text: body.text } });
    case "file":
      return goJson({ skychat_file: { id: body.id, name: body.name, size: body.size } });
    case "delete":
      return goJson({ skychat_delete: { to_ts_nano: body.toTsNano } });
  }
}

function readReply(value: GoObject): ReplyBody | undefined {
  const shape = { to_sender: "string", to_ts: "string", to_preview: "string", text: "string" } as const;
  const members = readMembers(value, shape);
  if (!members || !hasText(value)) return undefined;
  return {
    kind: "reply",
    ...(members.to_sender === "" ? {} : { toSender: members.to_sender }),
    ...timeOf(members.to_ts),
    ...(members.to_preview === "" ? {} : { toPreview: members.to_preview }),
    text: members.text,
  };
}

/** Go always writes the text, also an empty one; an object without it is none of its own. */
const hasText = (value: GoObject): boolean => Object.keys(value).some((name) => foldCase(name) === "text");

function timeOf(text: string): { toTs?: string; toTsNs?: bigint } {
  if (text === "") return {};
  try {
    return { toTs: text, toTsNs: parseGoTime(text) };
  } catch {
    return { toTs: text }; // only a hint for finding the quoted message: the reply is shown without it
  }
}

function readForward(value: GoObject): ForwardBody | undefined {
  const members = readMembers(value, { from: "string", text: "string" });
  if (!members || !hasText(value)) return undefined;
  const from = cutFrom(members.from);
  return { kind: "forward", ...(from === "" ? {} : { from }), text: members.text };
}

function readFile(value: GoObject): FileBody | undefined {
  const members = readMembers(value, { id: "string", name: "string", size: "i64" });
  return members && members.id !== "" ? { kind: "file", ...members } : undefined;
}

function readDelete(value: GoObject): DeleteBody | undefined {
  const toTsNano = readMembers(value, { to_ts_nano: "i64" })?.to_ts_nano ?? 0n;
  return toTsNano === 0n ? undefined : { kind: "delete", toTsNano };
}

/** Cuts at the last whole character within the limit. */
function cutFrom(from: string): string {
  const bytes = utf8(from);
  if (bytes.length <= MAX_FROM_BYTES) return from;
  let end = MAX_FROM_BYTES;
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return fromUtf8(bytes.subarray(0, end));
}
