/**
 * Flags of taking files that peers send (port 64), in place of what the configuration says.
 *
 * @see cli/README.md "Sending files"
 * @module
 */
import type { FilePolicy } from "../../lib/app/policies.ts";
import { isAbsolute, join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { checkMakeable } from "../directory.ts";
import { parsePlace } from "./paths.ts";
import { parseSize } from "./size.ts";

/** Flags of taking files. */
export type FilesFlags = {
  /** `--files DIR`. */
  readonly files?: string;
  /** `--files-max SIZE`. */
  readonly filesMax?: number;
  /** `--files-quota SIZE`. */
  readonly filesQuota?: number;
};

const size = (brief: string) =>
  ({ kind: "parsed", parse: parseSize, optional: true, placeholder: "size", brief }) as const;

/** The definitions of {@link FilesFlags}. */
export const filesFlags = {
  files: {
    kind: "parsed",
    parse: parsePlace,
    optional: true,
    placeholder: "dir",
    brief: "Take files that accepted peers send (port 64), each peer's into a directory of its own",
  },
  filesMax: size("Take no larger file; 100M by default"),
  filesQuota: size("Keep no more than this of one peer; 1G by default"),
} as const;

/** Looks before an identity is made. @throws {UserError} local: the directory of `--files` can't be one. */
export async function checkFilesPlace(context: Context, flags: FilesFlags): Promise<void> {
  const { directory } = filesOf(context, flags);
  if (directory !== undefined) await checkMakeable(directory, "Name another directory.");
}

/** What the flags say of files that come, in place of the settings; a relative directory is one of the working directory's. */
export const filesOf = (
  { os }: Context,
  { files, filesMax, filesQuota }: FilesFlags,
): Partial<FilePolicy> => ({
  ...(files === undefined
    ? {}
    : { accept: "accepted", directory: isAbsolute(files, os) ? files : join(Deno.cwd(), files) }),
  ...(filesMax === undefined ? {} : { maxBytes: filesMax }),
  ...(filesQuota === undefined ? {} : { quotaBytes: filesQuota }),
});

/** Checks that flags act. @throws {UserError} busy: files were asked for, and another process of this identity decides about them. */
export function checkFiles({ app }: CommandApp, { files }: FilesFlags): void {
  if (files === undefined || app.role !== "client") return;
  throw new UserError(
    "Another process of this identity runs already, and decides about the files that come",
    {
      kind: "busy",
      hint: 'End that one first, or leave --files out and set "files" in config.json.',
    },
  );
}
