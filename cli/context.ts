/**
 * What a command is given: printing, the system's parts as values, and the two questions that every command
 * asks: which settings, and who are we.
 *
 * @module
 */
import type { CommandContext } from "@stricli/core";
import { discoveryFetch } from "../lib/app/node/discovery_fetch.ts";
import { PUBLIC_DISCOVERY } from "../lib/app/public_network.ts";
import type { Settings, SettingsFlags } from "../lib/app/settings.ts";
import type { Identity } from "../lib/identity/identity.ts";
import { type Clock, systemClock } from "../lib/sys/clock.ts";
import { type Env, systemEnv } from "../lib/sys/env.ts";
import { type Fetch, leanFetch } from "../lib/sys/fetch.ts";
import { type Files, systemFiles } from "../lib/sys/files/files.ts";
import { type OpenLogFile, openLogFile } from "../lib/sys/files/log_file.ts";
import { type Os, systemOs } from "../lib/sys/paths.ts";
import { type Random, systemRandom } from "../lib/sys/random.ts";
import { Status } from "./exit.ts";
import { type Input, systemInput } from "./input/stdin.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Printer } from "./output/print.ts";

/** What the argument parser writes to. */
export interface ParserProcess {
  /** Never used: help is printed by us. */
  readonly stdout: { write(text: string): void };
  /** Collects. */
  readonly stderr: { write(text: string): void };
  /** The parser's own code. */
  exitCode?: number | string | null;
}

/** What a command is given; the first argument of every `run`. */
export interface Context extends CommandContext {
  /** For the argument parser only: its error output is kept in `complaints`, so that we can word it. */
  readonly process: ParserProcess;
  /** What the argument parser said. */
  readonly complaints: readonly string[];
  /** Prints results and notices. */
  readonly print: Printer;
  /** Standard input. */
  readonly input: Input;
  /** Variables. */
  readonly env: Env;
  /** Small files. */
  readonly files: Files;
  /** Files that grow. */
  readonly openLogFile: OpenLogFile;
  /** Time. */
  readonly clock: Clock;
  /** Randomness. */
  readonly random: Random;
  /** HTTP. */
  readonly fetch: Fetch;
  /** Which rules say where files go. */
  readonly os: Os;
  /** Tells that the file of the messages has 0 bytes. */
  readonly onEmptyStore: (path: string) => void;
  /** Aborted on SIGINT, SIGTERM, and when terminal or reader of our output left. Its reason says which. */
  readonly signal: AbortSignal;
  /** What is run when the process dies without waiting for us. */
  readonly atDeath: Set<() => void>;
  /** The exit status; the wrapper around a command sets it. */
  status: Status;
  /**
   * Flags, variables and the configuration file as settings.
   * @throws {UserError} As `resolveSettings`.
   */
  settings(flags: SettingsFlags): Promise<Settings>;
  /**
   * Our key pair; says on standard error when it made one, and warns of `--sk`.
   * @throws {UserError} As `resolveIdentity`.
   */
  identity(settings: Settings): Promise<Identity>;
}

/** The context of this process. */
export function systemContext(lifetime: Lifetime, print: Printer): Context {
  const clock = systemClock();
  const files = tellingFiles(print);
  let dataDir: string | undefined;
  const asking = { clock, random: systemRandom, files, dataDir: () => dataDir };
  const host = {
    env: systemEnv,
    files,
    openLogFile,
    clock,
    random: systemRandom,
    fetch: discoveryFetch(leanFetch, asking, PUBLIC_DISCOVERY),
    os: systemOs,
  };
  const complaints: string[] = [];
  return {
    ...host,
    process: {
      stdout: { write: (text): void => print.text(text) },
      stderr: { write: (text): void => void complaints.push(text) },
    },
    complaints,
    print,
    input: systemInput((text) => print.noteText(text), lifetime.signal, lifetime.interrupt),
    onEmptyStore: (path) => print.note("storeEmpty", { path }),
    signal: lifetime.signal,
    atDeath: lifetime.atDeath,
    status: Status.done,
    async settings(flags): Promise<Settings> {
      const { resolveSettings } = await import("../lib/app/settings.ts");
      const settings = await resolveSettings(flags, host);
      dataDir = settings.dataDir;
      return settings;
    },
    async identity(settings): Promise<Identity> {
      const { resolveIdentity } = await import("../lib/identity/identity.ts");
      const identity = await resolveIdentity(settings, host);
      announce(print, settings, identity, await meantBy(settings, identity, host));
      return identity;
    },
  };
}

/** The system's files; says on standard error what was set aside. */
const tellingFiles = (print: Printer): Files => ({
  ...systemFiles,
  async setAside(path, bytes, cutTo) {
    const aside = await systemFiles.setAside(path, bytes, cutTo);
    print.note("setAside", { path, aside, bytes: bytes.length });
    return aside;
  },
});

/** Which identity may have been meant, when a new one was made: a name that is not there is mistyped more often than new. */
export async function meantBy(
  settings: Settings,
  { created }: Identity,
  host: { readonly files: Files },
): Promise<string | undefined> {
  if (!created || settings.identityName === undefined) return undefined;
  const { meantIdentity } = await import("../lib/identity/identity.ts");
  return await meantIdentity(settings, host);
}

/** Says where a key comes from, when that is worth saying. @param meant  As {@link meantBy} says. */
export function announce(print: Printer, settings: Settings, identity: Identity, meant?: string): void {
  const { origin, path, created, pair } = identity;
  if (origin === "flag") print.note("secretOnCommandLine", undefined);
  if (origin !== "file" && settings.identityName !== undefined) {
    print.note("identityFlagUnused", { name: settings.identityName, origin });
  }
  if (created && path !== undefined) {
    const { identityName: name, identityDir: directory } = settings;
    print.note("identityMade", {
      pk: pair.pk,
      path,
      ...(name === undefined ? {} : { name, directory, meant }),
    });
  }
}
