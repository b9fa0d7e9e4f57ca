/**
 * Small files of `scp --to`: one after the other over one stream to each peer whose host is one of ours.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { SMALL_BYTES } from "../../../lib/scp/many.ts";
import { pushMany, type ReadFile, type SmallSource } from "../../../lib/scp/many_push.ts";
import { fill, SourceChanged } from "../../../lib/sys/copies/source_file.ts";
import type { CopyJob } from "../plan/plan.ts";
import { Another, unitsOf } from "../run/bundle.ts";
import { readSmall } from "../run/files.ts";
import { Patience, type Seen, tryAll } from "../run/patience.ts";
import { sumsThere } from "../run/verify.ts";
import { copyFailure, explained, type FileOutcome } from "../told/outcome.ts";
import type { ManyParts, Recipient } from "./parts.ts";
import type { SharedFiles } from "./shared.ts";

/** Whether a file may go with others. */
const isSmall = ({ size, problem }: CopyJob): boolean =>
  problem === undefined && size !== undefined && size <= SMALL_BYTES;

/** Small files first, so that they follow on each other; all peers take them in this order. */
export const smallFirst = (jobs: readonly CopyJob[]): CopyJob[] => [
  ...jobs.filter(isSmall),
  ...jobs.filter((job) => !isSmall(job)),
];

/** What is done at once for one peer, of jobs in the order of {@link smallFirst}. @param first  What is tried alone. */
export function runsOf(jobs: readonly CopyJob[], wants: Recipient["wants"], first: number): number[][] {
  const wanted = [...jobs.keys()].filter((at) => at > first && wants(jobs[at]));
  const small = wanted.flatMap((at, i) => isSmall(jobs[at]) ? [i] : []);
  return unitsOf(wanted.map((at) => jobs[at]), small).map((unit) => unit.map((i) => wanted[i]));
}

/** One peer, and what is known of it. */
export interface Served {
  /** Who. */
  readonly recipient: Recipient;
  /** Which of the peers. */
  readonly peer: number;
  /** What is known of it. */
  readonly seen: Seen;
  /**
   * SHA-256 of a local file as it is now, 64 hex characters; made once for all peers.
   * @param token  Of the file that was sent: another one is another file.
   */
  readonly sumOf: (path: string, token?: string) => Promise<string>;
}

/** What is said of one among others: with who it is, once. */
export function ofPeer({ name, pk }: Recipient, { message }: Pick<Error, "message">): string {
  const words = message.split(/[\s:]+/);
  return words.includes(name) || words.includes(pk) ? message : `${name}: ${message}`;
}

/** Opens a stream to a peer, which is known to be there then. @throws As the parts' `dial`. */
export async function dialed(
  { dial }: Pick<ManyParts, "dial">,
  pk: PublicKeyHex,
  seen: Seen,
): ReturnType<ManyParts["dial"]> {
  const stream = await dial(pk);
  seen.wasReached = true;
  return stream;
}

/**
 * Sends small files together; what was not decided when the stream broke is tried again, and read by this peer alone.
 * @param numbers  Rising.
 * @param tell  A file is over.
 * @returns Those that have become too large for this, or shorter, or of which the host has something else than was sent.
 */
export async function sendSome(
  numbers: readonly number[],
  jobs: readonly CopyJob[],
  { recipient, peer, seen, sumOf }: Served,
  files: SharedFiles,
  parts: ManyParts,
  tell: (number: number, outcome: FileOutcome) => void,
): Promise<number[]> {
  const { context: { clock, signal }, progress, digest, pace } = parts;
  const { pk, name } = recipient;
  const beganMs = clock.nowMs();
  const patience = new Patience(parts.retries, clock, seen, parts.pace);
  const left = new Set(numbers);
  const others: number[] = [];
  /** What is there, and has to be compared yet. */
  const copied = new Set<number>();
  /** Of what the first try has read. */
  const tokens = new Map<number, string>();
  let attempts = 0;
  let decided = 0;
  const explain = (error: unknown): unknown => explained(error, name, parts.pk);
  const end = (number: number, error?: unknown): void => {
    left.delete(number);
    if (error instanceof Another) return void others.push(number);
    const { local, remote, size = 0 } = jobs[number];
    patience.moved(++decided);
    if (error === undefined) progress.moved(size);
    tell(number, {
      state: error === undefined ? "copied" : "failed",
      source: local,
      target: `${name}:${remote}`,
      bytes: error === undefined ? size : 0,
      ms: Math.round(clock.nowMs() - beganMs),
      attempts,
      ...(error !== undefined && { failure: copyFailure(explain(error), signal.reason) }),
    });
  };
  const arrived = (number: number, error?: unknown): void => {
    if (error === undefined && parts.verify) copied.add(number);
    else end(number, error);
  };
  const dial = (): ReturnType<ManyParts["dial"]> => dialed(parts, pk, seen);
  const again = (error: Error, pauseMs: number): void =>
    parts.onNotice(`${ofPeer(recipient, error)}; trying again in ${pauseMs / 1000} s`);
  await tryAll(
    { context: parts.context, patience, left, explain, onAgain: again, fail: end },
    async (attempt) => {
      attempts = attempt;
      const some = [...left].filter((number) => !copied.has(number));
      if (attempt > 1) { for (const number of some) tokens.delete(number); }
      const sources = some.map((number): SmallSource => ({
        path: jobs[number].remote,
        keepTime: parts.preserve,
        // The first try reads with the others; a later one is alone.
        read: () =>
          attempt === 1
            ? readWithOthers(peer, number, files, tokens)
            : orAnother(readSmall(jobs[number].local, SMALL_BYTES)),
      }));
      const wire = {
        clock,
        signal,
        digest,
        onWarning: (text: string) => parts.onNotice(`${name}: remote: ${text}`),
        ...(pace ? { allow: (wanted: number) => pace.allow(wanted) } : {}),
      };
      if (some.length > 0) {
        await pushMany(await dial(), sources, wire, (index, error) => arrived(some[index], error));
      }
      if (copied.size === 0) return;
      const all = [...copied];
      const told = await sumsThere(await dial(), all.map((number) => jobs[number].remote), wire);
      for (const [i, number] of all.entries()) {
        const here = await sumOf(jobs[number].local, tokens.get(number)).catch((error: Error) => error);
        if (here instanceof Error) end(number, here);
        else end(number, here === told[i] ? undefined : new Another());
      }
    },
  );
  return others;
}

/** A small file is one block: its digest is made once for all. */
async function readWithOthers(
  peer: number,
  number: number,
  files: SharedFiles,
  tokens: Map<number, string>,
): Promise<ReadFile> {
  const file = await files.file(peer, number);
  tokens.set(number, file.token);
  if (file.size > SMALL_BYTES) throw new Another();
  const bytes = await fill(file, new Uint8Array(file.size)).catch((error) => {
    throw error instanceof SourceChanged ? new Another() : error; // it is opened anew there
  });
  const { mode, mtimeMs } = file;
  const hash = await file.hashOf!(0);
  files.passed(peer, number);
  return { bytes, mode, mtimeMs, hash };
}

function orAnother(file: ReadFile | undefined): ReadFile {
  if (file === undefined) throw new Another();
  return file;
}
