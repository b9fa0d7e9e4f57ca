/**
 * How a command is written down: flags, help with examples, and a `run` that returns its exit status.
 *
 * @see cli/README.md "Adding a command"
 * @module
 */
import {
  type BaseArgs,
  buildCommand,
  buildRouteMap,
  type Command,
  type RouteMap,
  type TypedCommandParameters,
} from "@stricli/core";
import type { SettingsFlags } from "../lib/app/settings.ts";
import { commandHelp, type DescribedParameters, groupHelp, type HelpTexts } from "./command_help.ts";
import type { Context } from "./context.ts";
import { type Failure, failureOf, Status } from "./exit.ts";
import type { OutputFlags } from "./flags/flags.ts";
import type { Twins } from "./names/other_kind.ts";

/** One command. */
export interface CommandSpec<F extends OutputFlags, A extends BaseArgs> extends HelpTexts, Twins {
  /** Flags (with `...outputFlags`), their letters, and arguments, as stricli takes them. */
  readonly parameters: NoInfer<TypedCommandParameters<F, A, Context>>;
  /**
   * Does it. Errors that are thrown get their status from cli/exit.ts.
   * @returns The exit status.
   */
  readonly run: (context: Context, flags: F, ...args: A) => Status | Promise<Status>;
}

/**
 * Makes the command that a file in cli/commands exports. Types of flags and arguments come from `run`, whose
 * parameters (`context: Context` too) need to be annotated for that.
 */
export function command<F extends OutputFlags, const A extends BaseArgs = []>(
  spec: CommandSpec<F, A>,
): Command<Context> {
  const parameters = {
    ...spec.parameters,
    flags: bare(spec.parameters.flags ?? {}),
  } as typeof spec.parameters;
  const built = buildCommand<F, A, Context>({
    parameters,
    docs: { brief: spec.brief },
    async func(flags: F, ...args: A): Promise<void> {
      this.print.mode.json = flags.json;
      this.print.mode.verbose = flags.verbose;
      this.print.mode.color &&= !flags.noColor;
      try {
        this.status = await spec.run(this, flags, ...args);
      } catch (error) {
        const failure = failureOf(error, this.signal.reason);
        this.status = failure.status;
        const { forPeople } = await import("./names/peers.ts");
        this.print.failure(await forPeople(this, await named(this, failure, flags, spec)));
      }
    },
  });
  return {
    ...built,
    formatHelp: ({ prefix }) => commandHelp(prefix, spec, parameters as unknown as DescribedParameters),
  };
}

/** A failure that says so when the name that nobody has is one of the other kind. */
async function named(
  context: Context,
  failure: Failure,
  flags: OutputFlags & SettingsFlags,
  twins: Twins,
): Promise<Failure> {
  if (failure.status !== Status.usage) return failure;
  const { ofOtherKind } = await import("./names/other_kind.ts");
  return await ofOtherKind(context, failure, flags, twins).catch(() => failure);
}

/**
 * Makes a command that has commands of its own.
 * @param routes  Its commands by name.
 * @param aliases  Other names of them, which help does not show.
 */
export function commandGroup<R extends string>(
  texts: HelpTexts,
  routes: Readonly<Record<R, Command<Context>>>,
  aliases?: Readonly<Record<Exclude<string, NoInfer<R>>, NoInfer<R>>>,
): RouteMap<Context> {
  const docs = { brief: texts.brief };
  const named = aliases && { aliases: bare(aliases) };
  const built = buildRouteMap<R, Context>({ routes: bare(routes), docs, ...named });
  const rows = Object.entries<Command<Context>>(routes).map(([name, { brief }]) => [name, brief] as const);
  return { ...built, formatHelp: ({ prefix }) => groupHelp(prefix, texts, rows) };
}

/** A copy that does not inherit: the parser looks names up, and `--constructor` must not find Object's. */
export const bare = <T extends object>(table: T): T => Object.assign(Object.create(null), table);
