/**
 * From arguments to a command: loads the one that is named, lets the parser run it, and turns the parser's own
 * complaints and codes into ours.
 *
 * @module
 */
import {
  AliasNotFoundError,
  type Application,
  type ApplicationText,
  ArgumentParseError,
  buildApplication,
  buildCommand,
  buildRouteMap,
  EnumValidationError,
  ExitCode,
  FlagNotFoundError,
  run as runParser,
  type StricliIntegration,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { UserError } from "../lib/wire/errors.ts";
import { bare } from "./command.ts";
import { helpColumns } from "./output/columns.ts";
import { kebab } from "./command_help.ts";
import { type CommandModule, commands } from "./commands/mod.ts";
import type { Context } from "./context.ts";
import { visible } from "./output/escape.ts";
import { foldedHelp } from "./output/folded.ts";
import { Status } from "./exit.ts";
import { asksFor, FLAG_FIRST, namedBack, saidBack, withSeenFlags } from "./args.ts";
import { keepOnly, needsOf } from "./permissions.ts";

/**
 * Runs the command that the arguments name.
 * @param given  `[name, ...]`; the name comes first.
 * @returns The exit status; a failure of the command itself is already printed.
 * @throws {UserError} usage: no such command, or arguments that it does not take.
 */
export async function runCommand(given: readonly string[], context: Context): Promise<Status> {
  const [name] = given;
  const line = Object.hasOwn(commands, name) ? commands[name] : undefined;
  keepOnly(line ? needsOf(line, given, Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) : []);
  const loaded = await line?.load();
  const args = withoutHelp(given, loaded?.default);
  const target = loaded && commandIn(withBareCommand(args, loaded.bare), loaded.default);
  const application = applicationWith(name, loaded?.default, { help: helpFlag(args, context) }, target);
  const switches = switchesOf(target);
  const seen = withSeenFlags(args, (flag) => switches.has(flag));
  await runParser<Context>(application, withBareCommand(seen, loaded?.bare), context);
  return outcome(context, loaded && nameIn(args, loaded.default));
}

/**
 * All commands, of which one is loaded: the others have a name and a brief only.
 * @param name  The loaded one.
 * @param command  What its file exports; undefined when there is none of that name.
 * @param integrations  Flags beside those of the command.
 * @param target  The command itself, below a list of commands; what is a flag of it is named with its dashes.
 */
export function applicationWith(
  name: string,
  command: CommandModule["default"] | undefined,
  integrations: Readonly<Record<string, StricliIntegration<Context>>>,
  target = command,
): Application<Context> {
  const routes = Object.entries(commands).map(([other, { brief }]) =>
    [other, command && other === name ? command : placeholder(brief)] as const
  );
  // `help` never comes here, but `hlep` does; completion, which names none, proposes `help` itself.
  if (command === undefined && name !== "") routes.push(["help", placeholder("")]);
  return buildApplication<Context>(
    buildRouteMap<string, Context>({ routes: bare(Object.fromEntries(routes)), docs: { brief: "" } }),
    {
      name: "dmsg",
      scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true, distanceOptions },
      documentation: { disableAnsiColor: true },
      localization: { text: textWith(flagsOf(target)) },
    },
    integrations,
  );
}

type Target = CommandModule["default"];

/** `group help send` is `group send --help`: some programs have help there, and none of our verbs is called so. */
function withoutHelp(args: readonly string[], target: Target | undefined): readonly string[] {
  const [name, verb, ...rest] = args;
  return verb !== "help" || target === undefined || "parameters" in target ? args : [name, ...rest, "--help"];
}

/** The words that name the command: `list`, and `move` behind it when the list has one of that name. */
const nameIn = (args: readonly string[], target: Target): string => routed(args, target).words.join(" ");

/** The command that these words name, or the list of commands where they name none. */
const commandIn = (args: readonly string[], target: Target): Target => routed(args, target).target;

function routed([name, ...args]: readonly string[], target: Target): { words: string[]; target: Target } {
  const words = [name];
  for (const arg of args) {
    if ("parameters" in target) break;
    const next = target.getRoutingTargetForInput(arg);
    if (next === undefined) break;
    words.push(arg);
    target = next as Target;
  }
  return { words, target };
}

/** Flags of a command that take no value, as they may be typed. */
function switchesOf(target: Target | undefined): Set<string> {
  const { flags = {}, aliases = {} } = tablesOf(target);
  const names = Object.keys(flags).filter((name) => flags[name].kind === "boolean");
  const letters = Object.keys(aliases).filter((letter) => names.includes(aliases[letter]));
  return new Set([
    ...names.flatMap((name) => [`--${kebab(name)}`, `--${name}`]),
    ...letters.map((letter) => `-${letter}`),
  ]);
}

/** The names of a command's flags, without dashes. */
const flagsOf = (target: Target | undefined): Set<string> =>
  new Set(Object.keys(tablesOf(target).flags ?? {}).map(kebab));

const tablesOf = (target: Target | undefined): FlagTables =>
  target !== undefined && "parameters" in target ? target.parameters as FlagTables : {};

/** What of stricli's parameters says what flags there are, and which take no value. */
interface FlagTables {
  readonly flags?: Readonly<Record<string, { readonly kind: string }>>;
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Turns the parser's code and complaints into our status or error. */
function outcome(context: Context, name: string | undefined): Status {
  const code = context.process.exitCode;
  if (code === ExitCode.Success) return context.status;
  const message = context.complaints.join("").trim().split("\n").join("; ");
  if (code !== ExitCode.UnknownCommand && code !== ExitCode.InvalidArgument) throw new Error(message);
  throw new UserError(message, { kind: "usage", hint: `See \`dmsg ${name ? `${name} ` : ""}--help\`.` });
}

/** git's weights, and a lower threshold: with short names its 7 proposes anything. */
const distanceOptions = {
  threshold: 5,
  weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
};

/** Only the named command is loaded; the others are there for "did you mean". */
const placeholder = (brief: string) =>
  buildCommand<Record<never, never>, [], Context>({ parameters: {}, docs: { brief }, func: () => {} });

/** A flag right after a group's name belongs to the command that runs when none is named. */
export function withBareCommand(args: readonly string[], bareName: string | undefined): string[] {
  const [name, next, ...rest] = args;
  if (bareName === undefined || (next !== undefined && !next.startsWith("-"))) return [...args];
  if (next === "-h" || next === "--help") return [...args];
  return [name, bareName, ...(next === undefined ? [] : [next]), ...rest];
}

/** `--help` on standard output; for a group without a command the same on standard error, as a usage error. */
function helpFlag(args: readonly string[], context: Context): StricliIntegration<Context> {
  return {
    flag: {
      brief: "Show this help",
      aliases: ["h"],
      global: true,
      defaultForRouteMap: true,
      run(application, { text, result }): void {
        const help = result.target.formatHelp({
          prefix: result.prefix,
          config: application.config.documentation,
          text,
          additionalFlags: [],
          includeArgumentEscapeSequenceFlag: true,
          includeHidden: false,
          ansiColor: false,
        });
        if (asksFor(args, "--help", "-h")) {
          return context.print.text(foldedHelp(help, helpColumns(Deno.stdout)));
        }
        context.print.noteText(foldedHelp(help, helpColumns(Deno.stderr)));
        context.status = Status.usage;
      },
    },
  };
}

const textWith = (flags: ReadonlySet<string>): ApplicationText => ({
  ...text_en,
  briefs: {
    ...text_en.briefs,
    argumentEscapeSequence: "What follows is an argument, also when it begins with -",
  },
  noCommandRegisteredForInput: ({ input, corrections }): string => {
    if (input.startsWith("-")) return FLAG_FIRST;
    return `There is no command${saidBack(input)}${
      didYouMean(nearOnes(input, corrections.map((name) => name.replaceAll("`", ""))))
    }`;
  },
  exceptionWhileParsingArguments: (error): string => complaint(error, flags),
});

/**
 * What is wrong with the arguments; says values back only where they can't be a secret.
 * @param flags  Names of the command's flags: the parser says of a value only the name of what it is for.
 */
function complaint(error: unknown, flags: ReadonlySet<string>): string {
  if (error instanceof FlagNotFoundError) {
    return `There is no flag${saidBack(`--${error.input}`)}${
      didYouMean(nearOnes(error.input, error.corrections.map(kebab)).map((name) => `--${name}`))
    }`;
  }
  if (error instanceof AliasNotFoundError) return `There is no flag -${visible(error.input)}`;
  if (error instanceof UnsatisfiedFlagError) return `--${error.externalFlagName} needs a value`;
  if (error instanceof UnexpectedFlagError) return `--${error.externalFlagName} was given more than once`;
  if (error instanceof EnumValidationError) {
    return `--${error.externalFlagName} is one of ${error.values.join(", ")}`;
  }
  if (error instanceof UnexpectedPositionalError) {
    const { expectedCount, input } = error;
    // One that takes none had a word behind it that was meant for a command; elsewhere it may be half of a message.
    if (expectedCount === 0) return `No argument is taken here${wordBack(input)}`;
    return `There are too many arguments: at most ${
      expectedCount === 1 ? "1 is" : `${expectedCount} are`
    } taken; one with blanks needs quotes`;
  }
  if (error instanceof UnsatisfiedPositionalError) return `The argument ${error.placeholder} is missing`;
  if (error instanceof ArgumentParseError) {
    const reason = error.exception instanceof Error ? error.exception.message : String(error.exception);
    const name = error.externalFlagNameOrPlaceholder;
    return `The value for ${flags.has(name) ? "--" : ""}${name} can't be used: ${reason}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** A word that is too many, to be said back; nothing when there may be a key in it. */
const wordBack = (word: string): string => saidBack(word) === "" ? "" : `: ${namedBack(word)} is too many`;

/** Of names that are near to what was typed, those that begin like it, or go on like it: `foo` does not mean `bot`. */
function nearOnes(typed: string, names: readonly string[]): readonly string[] {
  const alike = names.filter((name) => name[0] === typed[0]);
  const rest = typed.slice(1);
  return alike.length > 0 || rest.length < 2 ? alike : names.filter((name) => name.endsWith(rest));
}

const didYouMean = (names: readonly string[]): string =>
  names.length === 0 ? "" : `; did you mean ${names.join(" or ")}?`;
