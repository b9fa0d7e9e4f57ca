/**
 * What a peer is told of a file that can't be had or put here.
 *
 * @see specification dmsgscp §3.7
 * @module
 */
import { TreeError } from "../sys/tree/error.ts";

/** The words; undefined when it is nothing that a peer is told. */
export function toldText(error: unknown): string | undefined {
  if (!(error instanceof TreeError)) return undefined;
  if (error.step === "directory") return "directory transfers not supported";
  return error.step === "space" ? `bad header: ${error.message}` : `${error.step}: ${error.message}`;
}
