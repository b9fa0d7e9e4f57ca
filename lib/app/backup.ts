/**
 * Backups: lines of JSON, the first says whose it is, the last has the SHA-256 of all before it. Everything in it can
 * be read by whoever can read the file.
 *
 * @see cli/README.md "Backups"
 * @module
 */
import { sha256Stream } from "../crypto/digest.ts";
import type { App } from "./app.ts";
import type { GroupId, GroupPart, GroupView } from "./groups/groups.ts";
import type { ConversationId, MessageView } from "./messages/messages.ts";
import type { PairPart } from "./pairs/pairs.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";

/** Messages that are asked for at a time. */
const PAGE = 500;
/** Longest line: a body three times a frame, every byte of it escaped. */
const MAX_LINE_CHARS = 4 << 20;

/** One line of a backup. */
export type BackupLine =
  | { readonly type: "dmsg-backup"; readonly version: 1; readonly pk: PublicKeyHex; readonly ts: string }
  | { readonly type: "key"; readonly secret: string }
  | { readonly type: "alias"; readonly name: string; readonly pk: PublicKeyHex }
  | {
    readonly type: "peer";
    readonly peer: PublicKeyHex;
    readonly blocked: boolean;
    readonly accepted: boolean;
    readonly once: boolean;
    readonly verified?: boolean;
  }
  | ({ readonly type: "group"; readonly group: GroupId } & GroupPart)
  | ({ readonly type: "pair" } & PairPart)
  | { readonly type: "conversation"; readonly peer: ConversationId; readonly unread: number }
  | ({ readonly type: "message" } & MessageView)
  | { readonly type: "end"; readonly lines: number; readonly sha256: string };

/**
 * Everything that an App keeps, in the order of a backup.
 * @param open  Gives the App, before each thing that is read: whoever takes the lines slowly may close it in between.
 * @param options.keys  With the keys of groups.
 * @param options.onDamaged  Told of a group of which something can't be read; its messages are in the backup.
 */
export async function* kept(
  open: () => Promise<App>,
  { keys, onDamaged }: { keys: boolean; onDamaged: (group: GroupView) => void },
): AsyncGenerator<BackupLine> {
  for (const view of await (await open()).peers.list()) yield { type: "peer", ...view };
  for (const view of await (await open()).groups.list()) {
    if (view.status === "damaged") onDamaged(view);
    else {
      const { id: group } = view;
      const parts = await (await open()).groups.kept({ group, keys });
      for (const part of parts) yield { type: "group", group, ...part };
    }
  }
  for (const part of await (await open()).pairs.kept()) yield { type: "pair", ...part };
  for (const { peer, unread } of await (await open()).messages.conversations()) {
    yield { type: "conversation", peer, unread };
    for await (const message of conversation(open, peer)) yield { type: "message", ...message };
  }
}

/** A conversation, oldest first, without holding more than its positions and a page. */
async function* conversation(
  open: () => Promise<App>,
  peer: ConversationId,
): AsyncGenerator<MessageView> {
  const page = async (before: number | undefined): Promise<MessageView[]> =>
    await (await open()).messages.history({ peer, before, limit: PAGE });
  const starts: number[] = [];
  for (let rows = await page(undefined); rows.length > 0; rows = await page(rows[0].position)) {
    starts.push(rows.at(-1)!.position + 1);
  }
  for (const end of starts.reverse()) yield* await page(end);
}

/** The bytes of a backup, with its last line. */
export async function* written(lines: AsyncIterable<BackupLine>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const digest = sha256Stream();
  let count = 0;
  for await (const line of lines) {
    const bytes = Uint8Array.from(utf8(`${JSON.stringify(line)}\n`));
    digest.add(bytes);
    count++;
    yield bytes;
  }
  const end: BackupLine = { type: "end", lines: count, sha256: digest.hex() };
  yield Uint8Array.from(utf8(`${JSON.stringify(end)}\n`));
}

/**
 * Reads a backup.
 * @returns Its lines without the last one; only when they have all come it is known that nothing is missing or changed.
 * @throws {UserError} local: not a backup, cut off, or changed.
 */
export async function* read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupLine> {
  const digest = sha256Stream();
  let count = 0;
  let ended = false;
  for await (const text of lines(chunks)) {
    if (ended) throw damaged("something follows its last line");
    const line = parse(text, count === 0);
    if (count === 0 && (line.type !== "dmsg-backup" || line.version !== 1)) {
      throw damaged("its first line is not that of a backup of this version");
    }
    if (line.type === "end") {
      ended = line.lines === count && line.sha256 === digest.hex();
      if (!ended) throw damaged("its checksum is another one");
      continue;
    }
    digest.add(utf8(`${text}\n`));
    count++;
    yield line;
  }
  if (!ended) throw damaged("its last line is missing");
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  let held = "";
  for await (const chunk of chunks) {
    const parts = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = parts.pop()!;
    if (held.length > MAX_LINE_CHARS) throw damaged("a line is too long");
    yield* parts;
  }
  if (held !== "") throw damaged("its last line is cut off");
}

function parse(text: string, isFirst: boolean): BackupLine {
  try {
    const line = JSON.parse(text);
    if (isLine(line)) return line as BackupLine;
  } catch {
    // Told below.
  }
  if (!isFirst) throw damaged("a line can't be read");
  throw new UserError("This is no backup: its first line is not that of one", {
    kind: "local",
    hint: "Give a file that `dmsg export` has written.",
  });
}

const isText = (value: unknown): boolean => typeof value === "string";
const isKey = (value: unknown): boolean => isText(value) && /^0[23][0-9a-f]{64}$/.test(value as string);
const isGroup = (value: unknown): boolean =>
  isText(value) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value as string);
const optional = (value: unknown): boolean => value === undefined || isText(value);
const STATES = ["pending", "sent", "received", "unconfirmed", "read", "failed", "cancelled", "deleted"];

/** The members that are used, checked. */
function isLine(line: Record<string, unknown>): boolean {
  switch (line?.type) {
    case "dmsg-backup":
      return isKey(line.pk);
    case "key":
      return isText(line.secret) && /^[0-9a-f]{64}$/.test(line.secret as string);
    case "alias":
      return isText(line.name) && isKey(line.pk);
    case "peer":
      return isKey(line.peer);
    case "group":
      return isGroup(line.group) && ["leaf", "signature", "extra", "record"].includes(line.part as string) &&
        isText(line.name) && isText(line.value);
    case "pair":
      return isKey(line.peer) && ["leaf", "record"].includes(line.part as string) && isText(line.name) &&
        isText(line.value);
    case "conversation":
      return (isKey(line.peer) || isGroup(line.peer)) && Number.isSafeInteger(line.unread);
    case "message":
      return (line.via === "group" ? isGroup(line.peer) && isText(line.id) : isKey(line.peer)) &&
        isText(line.text) && isText(line.ts) && typeof line.outgoing === "boolean" &&
        STATES.includes(line.state as string) &&
        ["dmsg", "dmsg-chat", "group", "pair"].includes(line.via as string) &&
        optional(line.id) && optional(line.reason) && optional(line.replyTo);
    case "end":
      return true;
    default:
      return false;
  }
}

const damaged = (why: string): UserError =>
  new UserError(`This is not a whole backup: ${why}`, { kind: "local", hint: "Take another copy of it." });
