/**
 * How each file of a copy ended, in one word for each cause, and what that makes of the whole.
 *
 * @see specification dmsgscp §6 "Status"; cli/README.md "Copying files"
 * @module
 */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { BusyError, CHANGED, CopyError, SHORTER } from "../../../lib/scp/errors.ts";
import { SourceChanged } from "../../../lib/sys/copies/source_file.ts";
import { NetworkError, ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { type Failure, failureOf, Status, worst } from "../../exit.ts";

/** Why a file was not copied. */
export type CopyCause =
  | "vanished"
  | "local"
  | "refused"
  | "unreachable"
  | "no-network"
  | "busy"
  | "remote"
  | "broken";

/** How a file ended. */
export interface FileOutcome {
  /** `skipped`: it was left as it is, as asked. */
  readonly state: "copied" | "skipped" | "failed";
  /** It is no file: it could not be made, or not be given its bits and times. */
  readonly directory?: true;
  /** Where it comes from, as a person wrote it. */
  readonly source: string;
  /** Where it goes. */
  readonly target: string;
  /** Payload bytes. */
  readonly bytes: number;
  /** So many of them were there: from an earlier try, or in the old version. */
  readonly resumed?: number;
  /** How long it took. */
  readonly ms: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** Why it failed. */
  readonly failure?: Failure & { readonly why: CopyCause };
}

/** The end of it all. */
export interface CopySummary {
  /** Always this. */
  readonly type: "summary";
  /** How many files there were. */
  readonly files: number;
  /** How many were copied. */
  readonly copied: number;
  /** How many were passed over. */
  readonly skipped: number;
  /** How many were not copied, directories among them. */
  readonly failed: number;
  /** So many of those are directories. */
  readonly directories_failed: number;
  /** Payload bytes of files that were copied. */
  readonly bytes: number;
  /** How long it took, milliseconds. */
  readonly ms: number;
  /** How many failed for each cause. */
  readonly causes: Readonly<Partial<Record<CopyCause, number>>>;
}

/** What to do about words of a host, and about a file that is never still. */
const NEXT: readonly (readonly [said: RegExp, hint: string])[] = [
  [/: directory transfers not supported$/, "-r copies directories of ours; visors send files only."],
  [/: open: is a directory$/, "A slash at the end of PK:PATH/ puts the file into that directory."],
  [new RegExp(`: (?:${CHANGED}|${SHORTER})$`), "Copy it again when nothing writes to it."],
];

/**
 * An error of a copy with who and what in it.
 * @param peer  As a person calls it.
 * @param pk  Our key, for the line that a whitelist lacks.
 * @param moved  How much of a file had gone through, such as ` after 2 MiB of 5 MiB`, for one that is broken off.
 */
export function explained(error: unknown, peer: string, pk: PublicKeyHex, moved = ""): unknown {
  if (error instanceof NetworkError && error.reason === "refused" && /whitelist/.test(error.message)) {
    return new UserError(`${peer} refused the copy: our key is not on its whitelist`, {
      kind: "refused",
      hint:
        `The other side has to add this line to its list: ${pk} (in a visor: "${pk}" in "dmsgscp": {"whitelist": [...]}).`,
      cause: error,
    });
  }
  if (error instanceof BusyError) {
    return new UserError(`${peer} is busy: ${error.message}`, {
      kind: "busy",
      hint: "Try again later.",
      cause: error,
    });
  }
  if (error instanceof CopyError) {
    const { fault, isCut } = error;
    const message = `${peer}: ${error.message}`;
    const hint = error.hint ?? NEXT.find(([pattern]) => pattern.test(message))?.[1];
    return new CopyError(message, fault, { hint, isCut, cause: error });
  }
  if (error instanceof ProtocolError && error.by === "peer") {
    return new CopyError(`${peer} does not speak our protocol: ${error.message}`, "broken", { cause: error });
  }
  if (error instanceof NetworkError && ["closed", "timeout"].includes(error.reason)) {
    return new CopyError(`The copy with ${peer} was broken off${moved}: ${error.message}`, "broken", {
      hint: "Try again later.",
      cause: error,
      isCut: true,
    });
  }
  return error;
}

/**
 * The failure of the only file of a copy with that file in it: no line beside it says which one it was.
 * @param peer  As `explained` was told.
 * @returns undefined: it did not fail.
 */
export function ofOnlyFile(
  { source, target, failure }: Pick<FileOutcome, "source" | "target" | "failure">,
  peer: string,
  direction: "upload" | "download",
): Failure | undefined {
  if (failure === undefined) return undefined;
  const { message } = failure;
  const said = `${peer}: `;
  if (message.startsWith(said)) {
    return {
      ...failure,
      message: `${direction === "upload" ? target : source}: ${message.slice(said.length)}`,
    };
  }
  const copy = `The copy with ${peer} `;
  if (!message.startsWith(copy)) return failure;
  return { ...failure, message: `The copy of ${source} to ${target} ${message.slice(copy.length)}` };
}

/** Whether the peer, a server or the network has gone away, and may come back by itself. */
export const isAway = (error: unknown): boolean =>
  (error instanceof CopyError && error.isCut) || (error instanceof NetworkError && error.retry);

/** Whether a file failed for a reason that every other file with this peer has as well: none of them is tried. */
export const isAboutPeer = ({ why }: { readonly why: CopyCause }): boolean =>
  why === "unreachable" || why === "refused" || why === "no-network";

/** Whether trying again can help. @param reach  Whether a peer that can't be reached is tried again as well. */
export function canRetry(error: unknown, reach: boolean): boolean {
  if (error instanceof CopyError) return error.fault === "broken";
  if (error instanceof UserError) return error.kind === "busy" || error instanceof SourceChanged;
  return error instanceof NetworkError && error.retry && reach;
}

const NO_TEXT = "Its name is not UTF-8: give it another one, or send the directory packed (`tar c`).";

/** The failure of one file. @param reason  Of the command's signal. */
export function copyFailure(error: unknown, reason: unknown): Failure & { readonly why: CopyCause } {
  const failure = failureOf(error, reason);
  const cause = (error as { cause?: unknown })?.cause;
  if (cause instanceof Deno.errors.NotFound) {
    // The runtime's listing has this letter for each byte that is no text: by such a name nothing is found.
    if (failure.message.includes("\ufffd")) return { ...failure, why: "local", hint: NO_TEXT };
    return { ...failure, why: "vanished" };
  }
  const causes: Partial<Record<Status, CopyCause>> = {
    [Status.unreachable]: "unreachable",
    [Status.refused]: "refused",
    [Status.noNetwork]: "no-network",
    [Status.busy]: "busy",
    [Status.remote]: "remote",
    [Status.broken]: "broken",
  };
  return { ...failure, why: causes[failure.status] ?? "local" };
}

/** The last line of a copy: how many files had which end, and why those failed. @param ms  What it took. */
export function summaryOf(outcomes: readonly FileOutcome[], ms: number): CopySummary {
  const count = (state: FileOutcome["state"]): number => outcomes.filter((one) => one.state === state).length;
  const causes: Partial<Record<CopyCause, number>> = {};
  for (const { failure } of outcomes) if (failure) causes[failure.why] = (causes[failure.why] ?? 0) + 1;
  return {
    type: "summary",
    files: outcomes.filter(({ directory }) => !directory).length,
    copied: count("copied"),
    skipped: count("skipped"),
    failed: count("failed"),
    directories_failed: outcomes.filter(({ directory }) => directory).length,
    bytes: outcomes.reduce((sum, { state, bytes }) => sum + (state === "copied" ? bytes : 0), 0),
    ms: Math.round(ms),
    causes,
  };
}

/** 0 all is well; 11 some arrived and some did not; else none did, and the status is that of the cause. */
export function statusOf(outcomes: readonly FileOutcome[]): Status {
  const failed = outcomes.flatMap(({ failure }) => failure ? [failure.status] : []);
  if (failed.length === 0) return Status.done;
  return failed.length < outcomes.length ? Status.someFailed : worst(failed);
}
