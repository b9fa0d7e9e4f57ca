/** Runner of the group `sessions` of dmsgscp.json: both of our roles against what the other one wrote. */
import { ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { pull, push } from "../../../lib/scp/client.ts";
import { fatalError } from "../../../lib/scp/errors.ts";
import type { Served } from "../../../lib/scp/host.ts";
import { baseName, checkName, partsOf } from "../../../lib/scp/path.ts";
import { encodeRecord, type FileRecord, parseRecord } from "../../../lib/scp/record.ts";
import { parseRole, type RoleLine } from "../../../lib/scp/role.ts";
import { ScpHost } from "../../../lib/scp/streams.ts";
import type { SourceFile } from "../../../lib/sys/copies/source_file.ts";
import { OWN_BITS } from "../../../lib/sys/copies/disk.ts";
import { bitsOf } from "../../../lib/sys/copies/part_file.ts";
import { TreeError, type TreeStep } from "../../../lib/sys/tree/error.ts";
import { concat, fromHex, fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { MemoryTree } from "../../fakes/tree.ts";
import { cutsOf, readAll, whole } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

interface Step {
  readonly from: "client" | "host";
  readonly hex?: string;
  /** The same for people. */
  readonly text?: string;
  readonly close?: "write" | "full";
}

interface Session {
  readonly id: string;
  readonly kind: "push" | "pull" | "error";
  readonly steps: readonly Step[];
  readonly fatal?: string;
  readonly precondition?: string;
  readonly go_client?: Readonly<Record<string, string>>;
  readonly result?: {
    readonly file?: string;
    readonly mode?: string;
    readonly local_mode?: string;
    readonly size?: number;
    readonly sha256?: string;
    readonly file_exists?: boolean;
    readonly warnings?: readonly string[];
  };
}

const PEER = "02".padEnd(66, "1");
/** Texts of the system differ: what stands before them is compared. */
const SYSTEM_TEXT = /^(stat|open|mkdir): /;

/** Larger files are not made up for a test. */
const MOST_IN_MEMORY = 2n ** 28n;

/** What a host says that ends a session, specification §3.7: the others are of a host that is not ours. */
const HOST_TEXT =
  /^(bad path|bad header(?!: dmsgscp: file size exceeds cap)|stat|open|mkdir): |^(malformed role line|expected `|unknown role |empty path|directory transfers|dmsgscp: directory|dmsg stream rejected)/;

/** Each session with our host, and with our client, where that side is one that we could be. */
export const dmsgscpSessions: GroupRunner = (sessions: readonly Session[]) => {
  ok(Array.isArray(sessions), "the group is not a list");
  return sessions.flatMap((session) => {
    try {
      return whole(session, casesOf);
    } catch (error) {
      const run = (): never => {
        throw error;
      };
      return [{ name: `${session.id}: (whole)`, run }];
    }
  });
};

/** What a Go client tells its user is not on the wire. */
function casesOf(session: Session): VectorCase[] {
  for (const told of Object.values(session.go_client ?? {})) {
    ok(typeof told === "string", "a text for each role");
  }
  const cases: VectorCase[] = [];
  const plan = planOf(session);
  if (plan.host) cases.push({ name: `${session.id}: our host`, run: () => asHost(session, plan) });
  if (plan.client) cases.push({ name: `${session.id}: our client`, run: () => asClient(session, plan) });
  ok(cases.length > 0, `nothing to run for ${session.id}`);
  return cases;
}

/** What a session is about, as far as it can be read. */
interface Plan {
  readonly client: boolean;
  readonly host: boolean;
  readonly sent: Uint8Array;
  readonly answered: Uint8Array;
  readonly role?: RoleLine;
  readonly path: string;
  /** The file that moves. */
  readonly record?: FileRecord;
  readonly content: Uint8Array;
}

function planOf(session: Session): Plan {
  const bytesFrom = (from: string): Uint8Array =>
    concat(
      ...session.steps.filter((step) => step.from === from).map(({ hex, text: _ }) => fromHex(hex ?? "")),
    );
  const [sent, answered] = [bytesFrom("client"), bytesFrom("host")];
  const roleEnd = sent.indexOf(10) + 1;
  const role = attempt(() => parseRole(sent.subarray(0, roleEnd)));
  const path = role ? fromUtf8(role.path) : "";
  const isPush = role?.role === "SINK";
  const after = isPush ? sent.subarray(roleEnd) : withoutWarnings(answered);
  const lineEnd = after.indexOf(10) + 1;
  const record = attempt(() => parseRecord(after.subarray(0, lineEnd))) as FileRecord | undefined;
  const payload = after.subarray(lineEnd);
  const content = record?.type === "C" ? payload.subarray(0, Number(record.size)) : payload;
  const common = { sent, answered, role, path, record, content };
  const host = !breaksOff(session, common) && saidByOurs(answered, isPush ? undefined : common);
  return { ...common, host, client: role !== undefined && isOurs(session, common) };
}

/** What a host says in place of a record comes before it. */
function withoutWarnings(answered: Uint8Array): Uint8Array {
  const end = answered[0] === 1 ? answered.indexOf(10) + 1 : 0;
  return end === 0 ? answered : withoutWarnings(answered.subarray(end));
}

/** Whether the host leaves in the middle, as ours does not: not behind a fatal line, nor for a byte that is no mark. */
function breaksOff(
  { steps, kind, fatal }: Session,
  { role, sent, record, content }: Pick<Plan, "role" | "sent" | "record" | "content">,
): boolean {
  const closes = steps.some(({ from, close }) => close !== undefined && from === "host");
  if (!closes || kind !== "error" || fatal !== undefined) return false;
  const isWhole = record?.type === "C" && content.length === Number(record.size);
  const mark = role?.role === "SINK" && isWhole ? behindPayload(sent, record)[0] : undefined;
  return mark === undefined || mark <= 1;
}

/**
 * Whether our host would say this: acks, a record of a file with what is in it, and a fatal line of ours; no warning.
 * @param pulled  Undefined for a push.
 */
function saidByOurs(
  answered: Uint8Array,
  pulled: Pick<Plan, "path" | "record" | "content"> | undefined,
): boolean {
  const record = pulled?.record?.type === "C" ? pulled.record : undefined;
  if (record && !isOurRecord(answered, pulled!.path, record)) return false;
  const head = record ? answered.indexOf(10) + 1 + pulled!.content.length : 0;
  const acks = answered.subarray(head);
  const other = acks.findIndex((byte) => byte !== 0);
  if (other < 0) return true;
  const text = fromUtf8(acks.subarray(other + 1));
  return acks[other] === 2 && text.indexOf("\n") === text.length - 1 && HOST_TEXT.test(text);
}

/** Whether our client would write what this one wrote. */
function isOurs(
  { steps, kind }: Session,
  { role, path, sent, record }: Pick<Plan, "role" | "path" | "sent" | "record">,
): boolean {
  if (!attempt(() => (checkName(role!.path), true))) return false;
  if (steps.some(({ from, close }) => close !== undefined && from === "client")) return false;
  const line = fromUtf8(sent.subarray(0, sent.indexOf(10) + 1));
  if (line !== `${role!.role} ${path}${role!.extended ? "\r\r" : ""}\n`) return false;
  const rest = sent.subarray(utf8(line).length);
  if (kind !== "error") {
    return role!.role === "SOURCE"
      ? toHex(rest) === "0000"
      : sent.at(-1) === 0 && hasOurRecord(sent, path, record);
  }
  if (role!.role === "SOURCE") return /^(00){0,2}$/.test(toHex(rest));
  return rest.length === 0 || hasOurRecord(sent, path, record) && endsAsOurs(sent, record!);
}

/** Whether behind the payload there is nothing, or the ack: our client never says anything else there. */
const endsAsOurs = (sent: Uint8Array, record: FileRecord): boolean =>
  /^(00)?$/.test(toHex(behindPayload(sent, record)));

/** What a client sends behind role line, record and payload. */
function behindPayload(sent: Uint8Array, { size }: FileRecord): Uint8Array {
  const payload = sent.subarray(sent.indexOf(10, sent.indexOf(10) + 1) + 1);
  return payload.subarray(Number(size));
}

/** Whether a record is what ours writes of its file, and one of a size that a tree in memory can hold. */
function isOurRecord(answered: Uint8Array, path: string, { mode, size }: FileRecord): boolean {
  if (size > MOST_IN_MEMORY) return false;
  const ours = attempt(() => encodeRecord(mode, Number(size), baseName(path)));
  return ours !== undefined && toHex(answered).startsWith(toHex(ours));
}

const hasOurRecord = (sent: Uint8Array, path: string, record: FileRecord | undefined): boolean =>
  record?.type === "C" &&
  toHex(sent).includes(toHex(encodeRecord(record.mode, Number(record.size), baseName(path))));

async function asHost(session: Session, plan: Plan): Promise<void> {
  for (const parts of cutsOf(plan.sent)) {
    // Without a digest it speaks no extension: to the marker it says what a Go host says.
    const tree = treeOf(session, plan);
    const before = [...tree.files.keys()];
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    for (const part of parts) await far.write(part);
    if (session.steps.some(({ close }) => close !== undefined)) await far.closeWrite();
    let served: Served | undefined;
    const listed = session.fatal !== "dmsg stream rejected by whitelist";
    const host = new ScpHost({
      clock: new FakeClock(),
      grant: () => Promise.resolve(listed ? { tree, read: true, write: true } : undefined),
      onServed: (_peer, result) => served = result,
      onRejected: () => {},
    });
    await host.take(near, PEER);
    sameAnswer(await readAll(far), plan.answered);
    if (listed) strictEqual(served?.error === undefined, session.kind !== "error", String(served?.error));
    checkKept(session, tree, before, plan);
  }
}

/** What a host has: what the precondition says, and what is pulled. */
function treeOf(
  { precondition = "", fatal = "" }: Session,
  { path, record, role, content }: Plan,
): MemoryTree {
  const [, step, reason] = /^(stat|open|mkdir): .*?([^:]*)$/.exec(fatal) ?? [];
  const [, place, kind] = /^(.*) is an? (?:existing |regular )*(directory|file)$/.exec(precondition) ?? [];
  // Another cause of the system, rights for one, that a tree in memory does not have.
  const isKnown = kind !== undefined || reason === undefined || reason.includes("no such file");
  const tree = !isKnown ? new FailingTree(step as TreeStep, reason!.trim()) : new MemoryTree();
  if (kind === "directory") tree.directories.add(place);
  if (kind === "file") tree.files.set(place, { bytes: new Uint8Array(0), mode: 0o600 });
  if (role?.role === "SOURCE" && record?.type === "C") {
    const bytes = new Uint8Array(Number(record.size));
    bytes.set(content);
    tree.files.set(partsOf(path).join("/"), { bytes, mode: record.mode });
  }
  return tree;
}

/** One whose system refuses. */
class FailingTree extends MemoryTree {
  readonly #step: TreeStep;
  readonly #reason: string;

  constructor(step: TreeStep, reason: string) {
    super();
    this.#step = step;
    this.#reason = reason;
  }

  override prepare(name: string): Promise<void> {
    return this.#step === "mkdir" ? this.#refuse() : super.prepare(name);
  }

  override create(): Promise<never> {
    return this.#refuse();
  }

  override open(): Promise<never> {
    return this.#refuse();
  }

  #refuse(): Promise<never> {
    return Promise.reject(new TreeError(this.#step, this.#reason));
  }
}

/** @param before  Files that were there. */
function checkKept(
  { result, kind }: Session,
  tree: MemoryTree,
  before: readonly string[],
  { record, content }: Plan,
): void {
  strictEqual(tree.unfinished, 0, "files that were begun and are still there");
  if (kind === "error") {
    // A Go host removes what was there; with ours it stays.
    strictEqual(result?.file_exists ?? false, false, "a file that has not come whole is none");
    return strictEqual([...tree.files.keys()].join(), before.join(), "files");
  }
  if (kind === "pull") {
    if (result?.size !== undefined) strictEqual(content.length, result.size, "size");
    if (result?.local_mode !== undefined) strictEqual(modeHere(record!), result.local_mode, "local mode");
    return;
  }
  const file = tree.files.get(result!.file!);
  ok(file, `there is no ${result!.file}`);
  strictEqual(file.mode, parseInt(result!.mode!, 8), "mode");
  strictEqual(file.bytes.length, result!.size, "size");
  if (result!.sha256) strictEqual(toHex(sha256(file.bytes)), result!.sha256, "digest");
}

/** The mode that a file gets where it comes to. */
const modeHere = ({ mode }: FileRecord): string => (bitsOf(mode) ?? OWN_BITS).toString(8).padStart(4, "0");

async function asClient(session: Session, plan: Plan): Promise<void> {
  for (const parts of cutsOf(plan.answered)) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    for (const part of parts) await far.write(part);
    const breaksOff = session.steps.some(({ from, close }) => from === "host" && close !== undefined);
    if (!breaksOff) await far.closeWrite();
    const warnings: string[] = [];
    const tree = new MemoryTree();
    const options = {
      clock: new FakeClock(),
      path: plan.path,
      extended: plan.role!.extended,
      onWarning: (text: string) => void warnings.push(text),
    };
    const run = plan.role!.role === "SINK"
      ? push(near, sourceOf(plan), options)
      : pull(near, () => tree.create("here"), options).then(() => {});
    const outcome = run.then(() => undefined, (error: Error) => error);
    const before = breaksOff ? await readSome(far, plan.sent.length, outcome) : new Uint8Array(0);
    if (breaksOff) await far.closeWrite();
    const error = await outcome;
    const written = concat(before, await readAll(far));
    if (session.kind === "error") {
      ok(error, "the client does not fail");
      if (session.fatal !== undefined) ok(isToldAs(error, session.fatal), error.message);
      strictEqual(toHex(written).startsWith(toHex(plan.sent)), true, "what the client wrote");
      strictEqual(tree.files.size + tree.unfinished, 0, "files");
      strictEqual(session.result?.file_exists ?? false, false, "a file that has not come whole is none");
      continue;
    }
    if (error) throw error;
    strictEqual(toHex(written), toHex(plan.sent), "what the client wrote");
    strictEqual(warnings.join(), (session.result?.warnings ?? []).join(), "warnings");
    if (session.result?.size !== undefined) strictEqual(plan.content.length, session.result.size, "size");
    if (session.kind === "push") {
      strictEqual(partsOf(plan.path).join("/"), session.result!.file, "file");
      strictEqual(bitsOf(plan.record!.mode) ?? OWN_BITS, parseInt(session.result!.mode!, 8), "mode");
    }
    if (session.kind === "pull") {
      const file = tree.files.get("here")!;
      strictEqual(file.mode, parseInt(session.result!.local_mode!, 8), "local mode");
      strictEqual(toHex(file.bytes), toHex(plan.content), "content");
    }
  }
}

/** So many bytes, or what comes until a run is over. */
async function readSome(
  stream: { read(): Promise<Uint8Array | null> },
  count: number,
  over: Promise<unknown>,
): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length < count) {
    const next = await Promise.race([stream.read(), over.then(() => null)]);
    if (next === null) break;
    bytes = concat(bytes, next);
  }
  return bytes;
}

/** Whether an error says what the peer's fatal line says; some have words of ours. */
const isToldAs = (error: Error, fatal: string): boolean =>
  error.message.includes(fatal) || error.message === fatalError(fatal).message;

/** The file that the client of the session had; where it sent none of it, zeros will do. */
function sourceOf({ record, content }: Plan): SourceFile {
  const size = Number(record?.size ?? 0n);
  let at = 0;
  return {
    size,
    mode: record?.mode ?? 0o644,
    read(into) {
      if (at === size) return Promise.resolve(null);
      const count = Math.min(into.length, size - at);
      into.fill(0, 0, count).set(content.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
    close: () => {},
  };
}

function sameAnswer(actual: Uint8Array, expected: Uint8Array): void {
  const [said, wanted] = [fromUtf8(actual), fromUtf8(expected)];
  const at = wanted.indexOf("\x02");
  const prefix = at < 0 ? undefined : SYSTEM_TEXT.exec(wanted.slice(at + 1))?.[0];
  if (prefix === undefined) {
    return strictEqual(toHex(actual), toHex(expected), `${JSON.stringify(said)}: the answer`);
  }
  ok(said.startsWith(wanted.slice(0, at + 1) + prefix), `${JSON.stringify(said)} begins otherwise`);
  ok(said.endsWith("\n") && !said.includes("/"), `${JSON.stringify(said)} is not one line, or holds a path`);
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
