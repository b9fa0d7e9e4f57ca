/**
 * What a store finds wrong with what is kept.
 *
 * @see lib/sys/storage_error.ts
 * @module
 */
import { UserError } from "../wire/errors.ts";

/** A value did not open under our key: the file was altered or damaged. */
export const damaged = (where: string): UserError =>
  new UserError(`Cannot read the messages in ${where}: a value in it is damaged`, {
    kind: "local",
    hint: "Put back a copy of the file, or move it away to start with an empty one.",
  });

/** Somebody else has written since we read. */
export const otherWriter = (where: string): UserError =>
  new UserError(`Cannot write the messages in ${where}: another process is writing to it`, {
    kind: "busy",
    hint: "End the other program, then start this one again.",
  });
