/**
 * The App of a command's identity: over the owner's socket when another command runs, in this process when none does.
 * What only the second way needs is loaded there (`lib/app/here.ts`), so that a `send` beside a `listen` starts fast.
 *
 * @see lib/owner/README.md; cli/README.md "App"
 * @module
 */
import type { App } from "../lib/app/app.ts";
import type { FileEvent } from "../lib/app/files/parts.ts";
import type { HereRequest } from "../lib/app/here.ts";
import { followSettings, type SettingsFollower } from "../lib/app/live_settings.ts";
import { WAITING_FILE } from "../lib/app/outbox/waiting_file.ts";
import type { FilePolicy } from "../lib/app/policies.ts";
import { placeOfConfig, type Settings, type SettingsFlags } from "../lib/app/settings.ts";
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import type { Addr } from "../lib/dmsg/addr.ts";
import { directoryOfKey, type Identity, isOwnFile, requireIdentity } from "../lib/identity/identity.ts";
import type { RemoteApp } from "../lib/owner/client/remote.ts";
import type { KeptApp } from "../lib/owner/handover/takeover.ts";
import { openApp } from "../lib/owner/open.ts";
import { ownerPaths } from "../lib/owner/path.ts";
import { join } from "../lib/sys/paths.ts";
import { UserError } from "../lib/wire/errors.ts";
import type { Context } from "./context.ts";
import type { TimeLimit } from "./flags/time_limit.ts";
import { readPieces } from "./pieces.ts";

/** Of what is left: a discovery that says nothing is to be named before the time is over. */
const LOOK_UP_PART = 0.92;

/** What a command wants of its App. */
export interface AppRequest {
  /** The command's name, told to those who find the identity taken. */
  readonly command: string;
  /**
   * Which identity it makes when there is none: any, the default one only (the default), or none. A name that is not
   * there is mistyped more often than new.
   */
  readonly makes?: "any" | "default" | "none";
  /** Stays until it is ended, can be reached, and serves other commands meanwhile. */
  readonly resident: boolean;
  /** Looks at what is kept and uses no network of its own. */
  readonly offline?: boolean;
  /** Looks at nothing that is kept: alone it needs no store. Not for one that is resident. */
  readonly storeless?: boolean;
  /** Whom it will dial: alone, that begins while the store is opened. */
  readonly peers?: readonly Addr[];
  /** May be closed and opened again by the same process: then its store is closed as well. */
  readonly pauses?: boolean;
  /** How long the user wants the command to take at most; else what it does has limits of its own. */
  readonly limit?: TimeLimit;
  /** What holds for files of peers in place of the configuration. */
  readonly files?: Partial<FilePolicy>;
  /** Told what becomes of files of peers, while their App runs here. */
  readonly onFile?: (event: FileEvent) => void;
  /** Told why something that came could not be kept, while its App runs here; that is said beside. */
  readonly onUnkept?: (why: string) => void;
  /** Told of a configuration file that has changed; by default that is said beside. For one that is resident. */
  readonly onSettings?: SettingsFollower;
  /** A port that it listens on itself: alone, it takes no messages there. */
  readonly sparePort?: number;
}

/** An App and what goes with it. */
export interface CommandApp {
  /** Close it. */
  readonly app: KeptApp;
  /** The settings that it was opened with. */
  readonly settings: Settings;
  /** The directory of the identity's store and owner. */
  readonly directory: string;
  /** Why it has ended by itself. */
  ended(): Error;
}

/**
 * Opens the App of the identity that flags and variables name.
 *
 * A key that is in none of our files has its own directory, `foreign/<pk>` in the data directory: its messages must not
 * mix with ours.
 * @throws {NoIdentity} There is no identity, and the request makes none of that name.
 * @throws As `resolveSettings`, `resolveIdentity`, `openApp`, `openNode` and `openStore`.
 */
export async function openCommandApp(
  context: Context,
  flags: SettingsFlags,
  request: AppRequest,
): Promise<CommandApp> {
  const settings = await context.settings(flags);
  const { makes = "default" } = request;
  if (makes === "none" || (makes === "default" && settings.identityName !== undefined)) {
    await requireIdentity(settings, context);
  }
  const { clock, random, signal, os } = context;
  let known: Promise<Identity> | undefined;
  const identity = (): Promise<Identity> => known ??= context.identity(settings);
  const directory = isOwnFile(settings.identity)
    ? settings.identityDir
    : await directoryOf(context, settings, (await identity()).pair.pk);
  const problems = new Problems(context, request.onUnkept);
  let hadOwner = false;
  const app = await openApp({
    paths: ownerPaths(directory, os),
    command: request.command,
    resident: request.resident,
    clock,
    random,
    signal,
    network: { discovery: settings.discovery, pq: settings.pq },
    limitMs: request.limit?.leftMs(),
    onOwner: (owner) => {
      if (!request.offline) checkOwner(context, settings, owner);
    },
    onTaken: (holder) => context.print.note("identityTaken", holder ?? {}),
    onRole: (role) => hadOwner ||= role === "client",
    // A send that an owner has begun is finished with what that owner has kept.
    open: async () =>
      await openAlone(context, request, hadOwner, {
        settings,
        directory,
        identity,
        onProblem: problems.problem,
        onRefused: problems.refused,
        pid: Deno.pid,
      }),
  });
  request.limit?.begin();
  if (request.resident) {
    followFile(context, flags, { app, settings, follower: request.onSettings });
    readPieces(clock, app.closed);
  }
  return { app, settings, directory, ended: () => problems.last ?? endedByItself() };
}

/** Opens it in this process, and without its store where the request has no use for one and nothing waits. */
async function openAlone(
  context: Context,
  request: AppRequest,
  needsStore: boolean,
  own: Pick<HereRequest, "settings" | "directory" | "identity" | "onProblem" | "onRefused" | "pid">,
): Promise<App> {
  const { limit, storeless } = request;
  const here = { ...request, ...own, lookUpMs: limit && (() => limit.leftMs() * LOOK_UP_PART) };
  if (storeless && !needsStore && !await somethingWaits(context, own.directory)) {
    const { openLean } = await import("./app_lean.ts");
    limit?.begin(); // what is loaded now took its time
    return await openLean(context, here);
  }
  const { openHere } = await import("../lib/app/here.ts");
  limit?.begin();
  return await openHere(context, here);
}

/** Tells what goes wrong beside a command's work, the same thing once. */
class Problems {
  /** The last one that was told. */
  last: Error | undefined;
  readonly #print: Context["print"];
  readonly #onUnkept: AppRequest["onUnkept"];

  constructor({ print }: Context, onUnkept: AppRequest["onUnkept"]) {
    [this.#print, this.#onUnkept] = [print, onUnkept];
  }

  /** Something that came could not be kept, or the store is at fault otherwise. */
  readonly problem = (error: Error): void => {
    const isUnkept = error instanceof UserError && error.kind === "local";
    if (error.message !== this.last?.message) {
      this.#print.note(isUnkept ? "notKept" : "problem", { error: error.message });
    }
    this.last = error;
    if (isUnkept) this.#onUnkept?.(error.message);
  };

  /** A peer's stream was not set up. */
  readonly refused = (error: Error): void => {
    if (this.#print.mode.verbose) this.#print.note("streamRefused", { error: error.message });
  };
}

/** What stays takes a changed configuration file, until it ends. */
function followFile(
  { print, clock, env, os, settings: read }: Context,
  flags: SettingsFlags,
  { app, settings, follower }: { app: KeptApp; settings: Settings; follower?: SettingsFollower },
): void {
  const path = placeOfConfig({ env, os });
  if (path === undefined) return;
  const saying: SettingsFollower = {
    onChange: (change) => print.note("settingsChanged", change),
    onProblem: (error) =>
      print.note("settingsWrong", {
        error: error.message,
        hint: error instanceof UserError ? error.hint : undefined,
      }),
  };
  const parts = { live: settings, read: () => read(flags), path, clock };
  const stop = followSettings(parts, follower ?? saying);
  app.closed.then(stop, stop);
}

/** A key from elsewhere that is one of ours, too, has the same messages, and the same program runs for it. */
const directoryOf = async (context: Context, settings: Settings, pk: PublicKeyHex): Promise<string> =>
  await directoryOfKey(settings, context, pk) ?? join(settings.dataDir, "foreign", pk);

/** What waits in the outbox must leave before what is sent now: then the store is opened. */
const somethingWaits = async ({ files }: Context, directory: string): Promise<boolean> =>
  await files.info(join(directory, WAITING_FILE)) !== undefined;

/** The owner's connections are made as it was told: another wish is refused where it is one for safety, else noted. */
function checkOwner({ print }: Context, wanted: Settings, owner: RemoteApp["owner"]): void {
  const { pid, discovery = [], pq } = owner;
  if (wanted.pq === "require" && pq !== "require") {
    throw new UserError(
      `Process ${pid} has this identity's connections, and makes them without --require-pq`,
      {
        kind: "refused",
        hint: "Start that one with --require-pq, or use another identity.",
      },
    );
  }
  const isAsked = ["flag", "local", "env"].includes(wanted.discoveryOrigin);
  if (isAsked && wanted.discovery.join() !== discovery.join()) {
    print.note("otherDiscovery", { pid, discovery });
  }
}

const endedByItself = (): UserError =>
  new UserError("The app has ended", { kind: "local", hint: "Start the command again." });
