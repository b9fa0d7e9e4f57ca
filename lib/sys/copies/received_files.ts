/**
 * A directory that files of a peer come to, and files of ours that go out.
 *
 * @see lib/app/README.md "Files"
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { makeDirectory } from "../files/directory.ts";
import { fileError } from "../files/files.ts";
import { sparingDisk } from "./disk.ts";
import { createPart, isOwnPartName, type TargetFile } from "./part_file.ts";
import { freeBytes } from "./space.ts";
import { openRegular, type SourceFile } from "./source_file.ts";
import { sweepParts } from "./sweep.ts";

/** What lies in a directory. */
export interface DirectoryLook {
  /** All names. */
  readonly names: Set<string>;
  /** Bytes of the files that are whole. */
  readonly bytes: number;
  /** Bytes that may still be written; undefined where the system does not tell. */
  readonly free: number | undefined;
}

/** Where files come to and go out from. */
export interface FileDisk {
  /** Makes a directory for our user alone, removes what was abandoned in it, and looks. @param nowMs  Wall time. */
  look(directory: string, nowMs: number): Promise<DirectoryLook>;
  /** Begins a file beside its place, which it takes only while nothing is there. @throws The runtime's error. */
  create(directory: string, name: string): Promise<TargetFile>;
  /** Opens a file of ours; a link is followed. @throws {UserError} local: it is not there, not readable, or no file. */
  open(path: string): Promise<SourceFile>;
}

/** The system's disk. */
export const systemFileDisk: FileDisk = {
  async look(directory, nowMs) {
    await makeDirectory(directory);
    await sweepParts(directory, nowMs, false);
    const names = new Set<string>();
    let bytes = 0;
    for await (const { name, isFile } of Deno.readDir(directory)) {
      names.add(name);
      // What is being received counts as what was promised.
      if (!isFile || isOwnPartName(name)) continue;
      bytes += (await Deno.lstat(`${directory}/${name}`).catch(() => ({ size: 0 }))).size;
    }
    return { names, bytes, free: await freeBytes(directory) };
  },
  create: async (directory, name) => await createPart(await Deno.realPath(directory), name, sparingDisk),
  async open(path) {
    const file = await openRegular(path, true).catch((error) => {
      throw error instanceof Deno.errors.NotCapable ? error : fileError("read", path, error);
    });
    if (file !== undefined) return file;
    throw new UserError(`${path} is not a file`, { kind: "local", hint: "Only files are sent." });
  },
};
