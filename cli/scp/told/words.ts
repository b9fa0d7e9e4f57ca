/**
 * What a copy reads like in text mode. Names may be of anybody's making: they go through `visible`.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { printable, visible } from "../../output/escape.ts";
import type { CopySummary, FileOutcome } from "./outcome.ts";
import { sizeWords } from "./progress.ts";

/** What happened at the host, for log lines. */
export interface HostEvent {
  /** `copied-in`, `copied-out`, `copy-failed`, `copy-refused`, `copy-list`. */
  readonly event: string;
  /** Who. */
  readonly peer?: PublicKeyHex;
  /** What it asked for; not escaped. */
  readonly path?: string;
  /** Payload bytes. */
  readonly bytes?: number;
  /** How many files, when there could be many. */
  readonly files?: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** A file that went through, in the words of the Go program. */
export function copyDone(
  v: Omit<FileOutcome, "failure"> & { readonly direction: "upload" | "download" },
): string {
  const [source, target] = [visible(v.source), visible(v.target)];
  if (v.state === "skipped") return `left ${target} as it is`;
  return `${v.direction === "upload" ? "uploaded" : "downloaded"} ${source} -> ${target}${
    v.resumed === undefined ? "" : ` (${sizeWords(v.resumed)} were there)`
  }`;
}

/** One of several that did not. */
export const copyFailed = (v: { source: string; message: string; hint?: string }): string =>
  `failed ${visible(v.source)}: ${printable(v.message)}${v.hint ? ` (${printable(v.hint)})` : ""}`;

/** A file that is over, as an event. */
export const copyFile = (
  v: Omit<FileOutcome, "failure"> & {
    type: "file";
    cause?: string;
    status?: number;
    message?: string;
    hint?: string;
  },
): string => `${v.state} ${visible(v.source)} -> ${visible(v.target)}`;

/** What `--dry-run` shows. */
export function copyWould(
  v: { type: "would"; source: string; target: string; bytes?: number; directory?: true },
): string {
  const [source, target] = [v.source, v.target].map((path) => visible(v.directory ? `${path}/` : path));
  return `${source} -> ${target}${v.bytes === undefined ? "" : ` (${sizeWords(v.bytes)})`}`;
}

const CAUSES: Readonly<Record<string, string>> = {
  vanished: "not there any more",
  local: "could not be read or written here",
  refused: "refused",
  unreachable: "peer unreachable",
  "no-network": "no network",
  busy: "peer busy",
  remote: "the other side reported an error",
  broken: "broken off",
};

/** The end of it all. */
export function copySummary(v: CopySummary): string {
  const counts = [`${v.copied} of ${v.files} files copied (${sizeWords(v.bytes)})`];
  if (v.skipped > 0) counts.push(`${v.skipped} left as they are`);
  const causes = Object.entries(v.causes).map(([cause, count]) => `${count} ${CAUSES[cause] ?? cause}`);
  const directories = v.directories_failed;
  if (directories > 0) {
    causes.push(`${directories} of them ${directories === 1 ? "a directory" : "directories"}`);
  }
  if (causes.length > 0) {
    counts.push(`${v.copied === 0 && v.skipped === 0 ? "none arrived: " : ""}${causes.join(", ")}`);
  }
  return counts.join("; ");
}

/** A line of the table at the end of `--to`. */
export const copyPeer = (
  v: {
    type: "peer";
    peer: string;
    pk: string;
    copied: number;
    skipped: number;
    failed: number;
    bytes: number;
    status: number;
    reason?: string;
  },
): string =>
  `${visible(v.peer).slice(0, 24).padEnd(24)} ${String(v.copied).padStart(5)} copied ${
    v.skipped > 0 ? `${String(v.skipped).padStart(5)} left ` : ""
  }${String(v.failed).padStart(5)} failed ${sizeWords(v.bytes).padStart(9)}${
    v.reason === undefined ? "" : `  ${visible(v.reason)}`
  }`;
