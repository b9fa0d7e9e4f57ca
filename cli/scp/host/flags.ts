/**
 * Flags of commands that may host the copier. What hosts is loaded where a directory is shared: a program that stays
 * would carry all of it.
 *
 * @module
 */
import { parsePlace } from "../../flags/paths.ts";
import { parseSize } from "../../flags/size.ts";

/** Flags of hosting. */
export type ScpHostFlags = {
  /** `--scp-root DIR`. */
  readonly scpRoot?: string;
  /** `--scp-whitelist FILE`. */
  readonly scpWhitelist?: string;
  /** `--scp-max-file SIZE`. */
  readonly scpMaxFile?: number;
  /** `--scp-quota SIZE`. */
  readonly scpQuota?: number;
};

/** The definitions of {@link ScpHostFlags}. */
export const scpHostFlags = {
  scpRoot: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "dir",
    brief: "Let listed peers copy files to and from this directory (port 23)",
  },
  scpWhitelist: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "file",
    brief:
      "Who may: a line a key, a dmsgpty or a visor configuration; scp-whitelist beside the key by default",
  },
  scpMaxFile: {
    kind: "parsed",
    parse: parseSize,
    optional: true,
    placeholder: "size",
    brief: "Take no larger file",
  },
  scpQuota: {
    kind: "parsed",
    parse: parseSize,
    optional: true,
    placeholder: "size",
    brief: "Take no more than this of one key while this command runs",
  },
} as const;
