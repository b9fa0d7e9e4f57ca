/**
 * How it is told how far a copy is, and what became of its files.
 *
 * @module
 */
import type { CopyOrder } from "../../../lib/scp/arguments.ts";
import type { Context } from "../../context.ts";
import type { PeopleWords } from "../../names/peers.ts";
import { columns } from "../../output/columns.ts";
import type { ScpFlags } from "../plan/flags.ts";
import { type CopyCause, type FileOutcome, isAboutPeer } from "./outcome.ts";
import { Progress } from "./progress.ts";

/** How what became of files is told. */
export interface Telling {
  /** It is the only file: its failure is that of the command. */
  readonly single: boolean;
  /** What has been said of the peer: it is said once for all files. */
  readonly said: Set<CopyCause>;
  /** Names instead of keys. */
  readonly words: PeopleWords;
}

/** How far a copy is: a bar for people, events for programs, or nothing. */
export function progressOf(
  { print, clock }: Pick<Context, "print" | "clock">,
  { quiet, json }: Pick<ScpFlags, "quiet" | "json">,
): Progress {
  const draws = !quiet && !json && Deno.stderr.isTerminal();
  return new Progress(clock, {
    ...(draws ? { draw: (text: string) => print.noteText(text), columns } : {}),
    ...(json && !quiet ? { event: (event) => print.hasRoom && print.out("scpProgress", event) } : {}),
  });
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

/**
 * One line for a file of `--to` that failed. The table says it where it is about the peer.
 * @param said  What has been said: what is wrong with a file here is so for all peers.
 */
export function tellOnce(
  { print }: Pick<Context, "print">,
  { source, failure }: Pick<FileOutcome, "source" | "failure">,
  { said, words }: { readonly said: Set<string>; readonly words: Pick<PeopleWords, "text"> },
): void {
  if (!failure || isAboutPeer(failure)) return;
  const message = words.text(failure.message);
  const key = JSON.stringify([source, message]);
  if (!said.has(key)) print.note("scpFailed", { source, message, hint: failure.hint });
  said.add(key);
}
