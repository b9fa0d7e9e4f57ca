/**
 * The flags of `scp`.
 *
 * @module
 */
import type { Aliases } from "@stricli/core";
import { MAX_PEER_STREAMS } from "../../../lib/scp/wire.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { parsePort } from "../../flags/address.ts";
import { commonAliases, type CommonFlags, commonFlags, parseRetries } from "../../flags/flags.ts";
import { parsePathOrPipe, parsePlace } from "../../flags/paths.ts";
import { countUpTo } from "../../flags/size.ts";
import type { Overwrite } from "../run/files.ts";
import { type PaceRule, parsePace } from "../run/pace.ts";

/** What they are read as. */
export type ScpFlags = CommonFlags & {
  readonly recursive: boolean;
  readonly jobs?: number;
  readonly streams?: number;
  readonly preserve: boolean;
  readonly quiet: boolean;
  readonly classic: boolean;
  readonly port?: number;
  readonly dryRun: boolean;
  readonly limit?: PaceRule[];
  readonly retries?: number;
  readonly force: boolean;
  readonly noClobber: boolean;
  readonly backup: boolean;
  readonly reuse: boolean;
  readonly noCompress: boolean;
  readonly verify: boolean;
  readonly filesFrom?: string;
  readonly failedTo?: string;
  readonly to?: readonly string[];
  readonly retryFailed: boolean;
};

const yes = (brief: string) => ({ kind: "boolean", default: false, withNegated: false, brief }) as const;

/** Their definitions. */
export const scpFlags = {
  recursive: yes("Copy directories with all that is in them"),
  jobs: {
    kind: "parsed",
    parse: countUpTo(MAX_PEER_STREAMS),
    optional: true,
    placeholder: "n",
    brief:
      `Files at once, over one connection; 4 by default, ${MAX_PEER_STREAMS} at most, as a host takes them`,
  },
  streams: {
    kind: "parsed",
    parse: countUpTo(MAX_PEER_STREAMS),
    optional: true,
    placeholder: "n",
    brief:
      "Streams that a long file goes over, where the other side is one of ours; by default 4, on fewer cores than 4 as many as it takes for 16 MB/s",
  },
  preserve: yes("Keep bits and times, where the other side is one of ours"),
  classic: yes("Speak to the peer as a visor does: nothing is taken up again"),
  quiet: yes("Say nothing but errors"),
  port: {
    kind: "parsed",
    parse: parsePort,
    optional: true,
    placeholder: "port",
    brief: "The peer's port, 23 by default",
  },
  dryRun: yes("Show what would be copied, and copy nothing"),
  limit: {
    kind: "parsed",
    parse: parsePace,
    optional: true,
    placeholder: "rate",
    brief: "Bytes a second, all files together: 2M, or 08:00-18:00=500K,2M; 0 is a pause",
  },
  retries: {
    kind: "parsed",
    parse: parseRetries,
    optional: true,
    placeholder: "n",
    brief:
      "Try a file again so often; 2 by default, and a peer that can't be reached only when this is given",
  },
  force: yes("Replace local files that are there"),
  noClobber: yes("Leave files alone that are there, at either side"),
  backup: yes("Keep a local file that is replaced, with ~ behind its name"),
  reuse: yes(
    "Pull only what is new of a file that is replaced: the peer learns which parts of the local one it has",
  ),
  noCompress: yes(
    "Pack nothing; without it what gets smaller is packed, where the other side is one of ours",
  ),
  verify: yes("Read every file back and compare it"),
  filesFrom: {
    kind: "parsed",
    parse: parsePathOrPipe,
    optional: true,
    placeholder: "file",
    brief: "Copy the files that are named in it as well, one a line; - for standard input",
  },
  failedTo: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "file",
    brief: "Write what could not be copied here, for --files-from",
  },
  to: {
    kind: "parsed",
    parse: String,
    optional: true,
    variadic: ",",
    placeholder: "pk",
    brief: "Push to all of these, and to the members of @GROUP; a last path that begins with : says where to",
  },
  retryFailed: yes(
    "Push again what the last --to has not delivered and is still there; with -r also directories that it could not read",
  ),
  ...commonFlags,
} as const;

/** Their letters. */
export const scpAliases: Aliases<
  "recursive" | "jobs" | "quiet" | "preserve" | "force" | "port" | "verbose" | "config" | "discovery"
> = {
  ...commonAliases,
  r: "recursive",
  j: "jobs",
  p: "preserve",
  q: "quiet",
  f: "force",
  P: "port",
};

/** What becomes of a local file that is there. @throws {UserError} usage: more than one is said. */
export function overwriteOf({ force, noClobber, backup }: ScpFlags): Overwrite {
  if ([force, noClobber, backup].filter(Boolean).length > 1) {
    throw new UserError("--force, --no-clobber and --backup exclude each other", {
      kind: "usage",
      hint: "Give one of them.",
    });
  }
  return force ? "replace" : noClobber ? "keep" : backup ? "backup" : "refuse";
}
