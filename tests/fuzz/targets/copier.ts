/**
 * What the copier reads of its peers: lines, lists, frames, and whole streams of either role.
 *
 * @module
 */
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { pull, push } from "../../../lib/scp/client.ts";
import { CopyError } from "../../../lib/scp/errors.ts";
import { parseControl } from "../../../lib/scp/extended/frames.ts";
import { StripedReading } from "../../../lib/scp/extended/stripes.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { checkName } from "../../../lib/scp/path.ts";
import { encodeRecord, parseRecord } from "../../../lib/scp/record.ts";
import { parseRole } from "../../../lib/scp/role.ts";
import { parseWhitelist } from "../../../lib/scp/whitelist.ts";
import { encodeHeader, fileKey, sealChunk } from "../../../lib/xfer/container.ts";
import { encodeOffer, parseOffer, parseTrailer, parseVerdict } from "../../../lib/xfer/frames.ts";
import { savedName } from "../../../lib/xfer/names.ts";
import { openingTarget } from "../../../lib/xfer/sealing.ts";
import { receiveFile } from "../../../lib/xfer/transfer.ts";
import { concat, fromHex, fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { nextTurn } from "../../../lib/sys/turn.ts";
import { StreamReader } from "../../../lib/wire/reading.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { seededRandom } from "../../fakes/random.ts";
import { memoryFile, MemoryTree } from "../../fakes/tree.ts";
import type { Target } from "../fuzz.ts";

const file = JSON.parse(await Deno.readTextFile(new URL("../../vectors/dmsgscp.json", import.meta.url)));
// deno-lint-ignore no-explicit-any
type Any = any;
const hexes = (rows: Any[]): Uint8Array[] => rows.map(({ hex }) => fromHex(hex ?? ""));
const saidBy = (sessions: Any[], from: string): Uint8Array[] =>
  sessions.map(({ steps }) => concat(...hexes(steps.filter((step: Any) => step.from === from))));

/** Record lines; one that is read is written again. */
export const records = (): Target => ({
  name: "scp: record lines",
  seeds: hexes(file.header_lines),
  throws: [ProtocolError],
  run: (line) => {
    const record = parseRecord(line);
    if (record.type !== "C" || record.size >= 2n ** 53n || record.name.includes("\ufffd")) return;
    const again = parseRecord(encodeRecord(record.mode, Number(record.size), record.name));
    if (JSON.stringify(again, plain) !== JSON.stringify(record, plain)) {
      throw new Error("differs when written");
    }
  },
});

const plain = (_: string, value: unknown): unknown => typeof value === "bigint" ? String(value) : value;

/** Role lines and the names in them. */
export const roles = (): Target => ({
  name: "scp: role lines",
  seeds: hexes(file.role_lines),
  throws: [ProtocolError],
  run: (line) => checkName(parseRole(line).path),
});

/** Lists of keys of all three kinds. */
export const whitelists = (): Target => ({
  name: "scp: lists",
  seeds: [file.whitelist.after_add_a, "# x\n", '{"pty":{"whitelist":[]},"hypervisors":[]}'].map(utf8),
  throws: [UserError],
  run: (bytes) => parseWhitelist(fromUtf8(bytes)),
});

/** A host that a client says anything to: the same answer however it is cut, and no file half made. */
export const host = (): Target => ({
  name: "scp: host",
  seeds: saidBy(file.sessions, "client"),
  run: (input) => hostAnswers([input]),
  feed: hostAnswers,
});

async function hostAnswers(pieces: Iterable<Uint8Array>): Promise<string> {
  const tree = new MemoryTree(1 << 20);
  tree.files.set("hello.txt", { bytes: utf8("hello\n"), mode: 0o644 });
  const { near, written } = await fed(pieces);
  await serveStream(near, { tree, read: true, write: true }, { clock: new FakeClock() });
  if (tree.unfinished > 0) throw new Error("a file is half made");
  return `${await written()} ${[...tree.files].map(([name, { bytes }]) => `${name}:${toHex(bytes)}`)}`;
}

/** A client that a host says anything to. */
export const client = (role: "push" | "pull"): Target => ({
  name: `scp: client, ${role}`,
  seeds: saidBy(file.sessions, "host"),
  run: (input) => clientAnswers(role, [input]),
  feed: (pieces) => clientAnswers(role, pieces),
});

async function clientAnswers(role: "push" | "pull", pieces: Iterable<Uint8Array>): Promise<string> {
  const tree = new MemoryTree();
  const { near } = await fed(pieces);
  const options = { clock: new FakeClock(), path: "f" };
  const run = role === "push"
    ? push(near, memoryFile(utf8("hello\n")), options)
    : pull(near, () => tree.create("f"), options);
  const outcome = await run.then(() => "done", (error: Error) => `${error.name} ${error.message}`);
  if (tree.unfinished > 0) throw new Error("a file is half made");
  return `${outcome} ${tree.files.size}`;
}

/** Control frames of the extension. */
export const controls = (): Target => ({
  name: "scp: control frames",
  seeds: ['{"op":"push","size":5,"mode":420,"token":"00"}', '{"ok":true,"offset":1048576,"sent":"00"}'].map(
    utf8,
  ),
  throws: [ProtocolError],
  run: (payload) => parseControl(payload.subarray(0, 4096)),
});

/** Pieces of a striped copy on one stream: the same bytes however they are cut. */
export const stripes = (): Target => ({
  name: "scp: pieces",
  seeds: ["000000000000000261620000000100000001630000000200000003646566"].map(fromHex),
  run: (input) => pieceBytes([input]),
  feed: pieceBytes,
});

async function pieceBytes(pieces: Iterable<Uint8Array>): Promise<string> {
  const { near } = await fed(pieces);
  const reading = new StripedReading(new StreamReader(near, new FakeClock()));
  let text = "";
  const all = (async (): Promise<void> => {
    for (;;) text += toHex((await reading.read())!);
  })().catch((error) => {
    if (!(error instanceof ProtocolError || error instanceof CopyError)) throw error;
    text += error.message;
  });
  // The piece that is due may still come over a stream that is not there yet: that ends with a time limit.
  await Promise.race([all, nextTurn()]);
  return text;
}

const GROUP_KEY = new Uint8Array(32);
const SEALED = { groupId: "g", fileId: "f", name: "a.txt", size: 10 };

/** Containers of encrypted groups, opened while they come. */
export const containers = (): Target => {
  const head = encodeHeader(SEALED);
  const key = fileKey(GROUP_KEY, SEALED.groupId, SEALED.fileId);
  const chunk = sealChunk(key, head, 0, true, new Uint8Array(SEALED.size), seededRandom("containers"));
  return {
    name: "xfer: containers",
    seeds: [concat(head, chunk), head],
    run: (bytes) => openedText([bytes]),
    feed: openedText,
  };
};

/** What is kept of a container that comes in pieces, and why no more. */
async function openedText(pieces: Iterable<Uint8Array>): Promise<string> {
  let text = "";
  const target = {
    write: (plain: Uint8Array) => Promise.resolve(void (text += toHex(plain))),
    commit: () => Promise.resolve(void (text += " kept")),
    discard: () => Promise.resolve(),
  };
  const opening = openingTarget(target, [GROUP_KEY], SEALED);
  try {
    for (const piece of pieces) await opening.write(piece);
    await opening.commit(0o600);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    text += error.message;
  }
  return text;
}

/** Frames of port 64. */
export const xferFrames = (): Target => ({
  name: "xfer: frames",
  seeds: saidBy(file.xfer.sessions, "sender").concat(saidBy(file.xfer.sessions, "receiver")).map((all) =>
    all.slice(4)
  ),
  run: (payload) => {
    if (payload.length % 3 === 0) return void parseVerdict(payload);
    if (payload.length % 3 === 1) return void parseTrailer(payload);
    const offer = parseOffer(payload);
    if (!offer) return;
    const name = savedName(offer.name, offer.id);
    if (name !== undefined && /^\.|[/\\\0]/.test(name)) {
      throw new Error(`keeps it as ${JSON.stringify(name)}`);
    }
    const again = parseOffer(encodeOffer(offer).subarray(4));
    if (JSON.stringify(again, plain) !== JSON.stringify(offer, plain)) {
      throw new Error("differs when written");
    }
  },
});

/** A receiver that a sender says anything to. */
export const xferReceiver = (): Target => ({
  name: "xfer: receiver",
  seeds: saidBy(file.xfer.sessions, "sender"),
  run: (input) => receiverAnswers([input]),
  feed: receiverAnswers,
});

async function receiverAnswers(pieces: Iterable<Uint8Array>): Promise<string> {
  const tree = new MemoryTree();
  const { near, written } = await fed(pieces);
  const from = file.whitelist.fresh_process_lookups[0].pk;
  const outcome = await receiveFile(near, from, () => ({ ok: true, open: () => tree.create("f") }), {
    clock: new FakeClock(),
    digest: sha256Stream,
  });
  if (tree.unfinished > 0) throw new Error("a file is half made");
  return `${outcome.kind} ${tree.files.size} ${await written()}`;
}

/** A duplex that has all that the other side says, and what is written to it. */
export async function fed(pieces: Iterable<Uint8Array>) {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  for (const piece of pieces) await far.write(piece);
  await far.closeWrite();
  const written = async (): Promise<string> => {
    let text = "";
    for (;;) {
      const bytes = await far.read().catch(() => null);
      if (bytes === null) return text;
      text += toHex(bytes);
    }
  };
  return { near, written };
}
