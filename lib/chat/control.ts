/**
 * Control frames: pairing steps and the request to send a file again. They travel between the messages, are taken
 * out before the envelope rule, and are never shown or kept.
 *
 * @see specification skychat §a.1
 * @module
 */
import { goJson, type GoObject, readMembers, readText } from "../wire/go_json.ts";
import { utf8 } from "../wire/bytes.ts";

/** A step of pairing. */
export interface PairControl {
  /** Which step. */
  readonly type: "pair-invite" | "pair-ack" | "pair-decline";
  /** What the sender calls itself, as it came; the connection's authenticated key is what counts. */
  readonly fromPk?: string;
  /** Ours: with `pair-invite` the signed invite by which the sender comes; with `pair-decline` the id of that one. */
  readonly invite?: string;
  /** Ours, with `pair-decline`: why that invite lets nobody in. */
  readonly ended?: string;
}

/** Asks the peer for a file that it sent before. */
export interface FileRequest {
  /** The only one. */
  readonly type: "file-request";
  /** The id under which the peer sent it; not empty. */
  readonly fileId: string;
  /** Its name, when it is known. */
  readonly fileName?: string;
}

/** Any control frame. */
export type ControlFrame = PairControl | FileRequest;

const FILE_REQUEST = { file_id: "string", file_name: "string" } as const;
const PAIR = { from_pk: "string", dmsg_invite: "string", dmsg_ended: "string" } as const;
const PAIR_TYPES: readonly string[] = ["pair-invite", "pair-ack", "pair-decline"];

/**
 * Recognises a control frame.
 * @param object  The parsed payload.
 * @returns The frame; undefined when it is something else or a member has the wrong type.
 */
export function readControl(object: GoObject): ControlFrame | undefined {
  const type = readText(object, "type") ?? "";
  if (type === "file-request") {
    const members = readMembers(object, FILE_REQUEST);
    if (!members || members.file_id === "") return undefined; // a request for no file is a text, as in Go
    const name = members.file_name === "" ? {} : { fileName: members.file_name };
    return { type, fileId: members.file_id, ...name };
  }
  if (!PAIR_TYPES.includes(type)) return undefined;
  const members = readMembers(object, PAIR);
  if (!members) return undefined;
  const { from_pk: fromPk, dmsg_invite: invite, dmsg_ended: ended } = members;
  return {
    type: type as PairControl["type"],
    ...(fromPk === "" ? {} : { fromPk }),
    ...(invite === "" ? {} : { invite }),
    ...(ended === "" ? {} : { ended }),
  };
}

/** The payload of a control frame: members in Go's order, empty ones left out. */
export function encodeControl(frame: ControlFrame): Uint8Array {
  const members = frame.type === "file-request"
    ? { type: frame.type, file_id: frame.fileId, file_name: frame.fileName || undefined }
    : {
      type: frame.type,
      from_pk: frame.fromPk || undefined,
      dmsg_invite: frame.invite || undefined,
      dmsg_ended: frame.ended || undefined,
    };
  return utf8(goJson(members));
}
