/**
 * Runs one command line from arguments to exit status. What needs no command is answered here; everything else is
 * loaded only when a command is named, so that a start costs what it uses.
 *
 * @see cli/README.md
 * @module
 */
import { openCurve } from "../lib/crypto/open_curve.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { UserError } from "../lib/wire/errors.ts";
import { asksFor, FLAG_FIRST } from "./args.ts";
import { failureOf, Status, worst } from "./exit.ts";
import { columns, helpColumns } from "./output/columns.ts";
import { foldedHelp } from "./output/folded.ts";
import { Output } from "./output/output.ts";
import { Printer } from "./output/print.ts";
import { VERSION } from "./version.ts";

/**
 * Runs a command line in this process.
 * @param args  The arguments after the program's name.
 * @returns The exit status, after everything is written. Does not return when a signal ended the command: the process
 *   dies of it then.
 */
export async function run(args: readonly string[]): Promise<Status> {
  const output = new Output({ out: Deno.stdout, err: Deno.stderr, clock: systemClock() });
  const isTerminal = Deno.stderr.isTerminal();
  const print = new Printer(output, {
    json: asksFor(args, "--json"),
    verbose: asksFor(args, "--verbose", "-v"),
    color: !Deno.noColor && isTerminal,
    columns: isTerminal ? columns : undefined,
  });
  let status: Status;
  let dieOfSignal = (): void => {};
  try {
    const answered = await answer(args, print);
    if (answered !== undefined) status = answered;
    else {
      void openCurve(); // compiled while the command is loaded
      const widths = isTerminal ? import("../tui/drawing/width.ts") : undefined; // no pipe pays for a table of letters
      const { runSession } = await import("./session.ts");
      print.mode.cellsOf = (await widths)?.widthOf;
      ({ status, dieOfSignal } = await runSession(withoutHelp(args), print, output));
    }
  } catch (error) {
    const failure = failureOf(error);
    print.failure(failure);
    status = failure.status;
  }
  await output.flush();
  dieOfSignal();
  if (output.lost === undefined) return status;
  if (output.lost !== "closed") await tellUnwritten(output, print, output.lost);
  return worst([status, Status.local]); // results that nobody took are not "done"
}

/** In words also with `--json`: the place of its lines can't be written. */
async function tellUnwritten(output: Output, print: Printer, error: UserError): Promise<void> {
  print.mode.json = false;
  print.failure(failureOf(error));
  await output.flush();
}

/** Answers what needs no command; undefined when one is named. */
async function answer(args: readonly string[], print: Printer): Promise<Status | undefined> {
  const [first, second] = args;
  if (first === "--version" || first === "-V") {
    print.out("version", { version: VERSION });
    return Status.done;
  }
  if (first === undefined) {
    print.noteText(foldedHelp((await import("./help.ts")).rootHelp(), helpColumns(Deno.stderr)));
    return Status.usage;
  }
  if (first === "--help" || first === "-h" || (first === "help" && (second ?? "help") === "help")) {
    print.text(foldedHelp((await import("./help.ts")).rootHelp(), helpColumns(Deno.stdout)));
    return Status.done;
  }
  if (first === "help" && second === "exit-status") {
    print.text(foldedHelp((await import("./help.ts")).statusHelp(), helpColumns(Deno.stdout)));
    return Status.done;
  }
  if (first === "help" && second === "chat-plain") {
    print.text(foldedHelp((await import("./help.ts")).plainHelp(), helpColumns(Deno.stdout)));
    return Status.done;
  }
  if (first === "__complete") {
    const { proposals } = await import("./completion/completion.ts");
    print.text((await proposals(args.slice(1))).map((line) => `${line}\n`).join(""));
    return Status.done;
  }
  if (first.startsWith("-")) {
    throw new UserError(FLAG_FIRST, {
      kind: "usage",
      hint: "See `dmsg --help`.",
    });
  }
  return undefined;
}

/** `help NAME …` is `NAME … --help`. */
const withoutHelp = (args: readonly string[]): readonly string[] =>
  args[0] === "help" ? [...args.slice(1), "--help"] : args;
