/**
 * How it is told what became of the files of a copy.
 *
 * @module
 */
import type { CopyOrder } from "../../../lib/scp/arguments.ts";
import type { Context } from "../../context.ts";
import type { PeopleWords } from "../../names/peers.ts";
import type { ScpFlags } from "../plan/flags.ts";
import { type CopyCause, type FileOutcome, isAboutPeer } from "./outcome.ts";

/** How what became of files is told. */
export interface Telling {
  /** It is the only file: its failure is that of the command. */
  readonly single: boolean;
  /** What has been said of the peer: it is said once for all files. */
  readonly said: Set<CopyCause>;
  /** Names instead of keys. */
  readonly words: PeopleWords;
}

/** One line for a file that is over. */
export function tell(
  { print }: Context,
  flags: ScpFlags,
  order: CopyOrder,
  outcome: FileOutcome,
  { single, said, words }: Telling,
): void {
  const { failure, ...rest } = outcome;
  const named = failure && { ...failure, message: words.text(failure.message) };
  if (flags.json) {
    const { why, status, message, hint } = failure ?? {};
    print.out("scpFile", {
      type: "file",
      ...rest,
      ...(failure ? { cause: why, status, message, hint } : {}),
    });
  } else if (named) {
    if (!single && isAboutPeer(named)) {
      if (!said.has(named.why)) print.failure(named);
      said.add(named.why);
    } else if (!single) {
      print.note("scpFailed", { source: outcome.source, message: named.message, hint: named.hint });
    }
  } else if (!flags.quiet) print.note("scpDone", { direction: order.direction, ...rest });
}
