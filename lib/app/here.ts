/**
 * The App in this process: node, store and what joins them.
 *
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import type { Addr } from "../dmsg/addr.ts";
import type { Identity } from "../identity/identity.ts";
import { isSilent } from "../overlay/silent.ts";
import { openStore } from "../store/open.ts";
import { openKvPlace, openServerPlace } from "../store/place/kv.ts";
import type { Place } from "../store/place/place.ts";
import type { Store } from "../store/store.ts";
import { systemFileDisk } from "../sys/copies/received_files.ts";
import type { Files } from "../sys/files/files.ts";
import type { OpenLogFile } from "../sys/files/log_file.ts";
import { join } from "../sys/paths.ts";
import { NetworkError } from "../wire/errors.ts";
import type { App } from "./app.ts";
import { Early } from "./early.ts";
import type { FileEvent } from "./files/parts.ts";
import { NAMES_FILE, withNamesFile } from "./groups/joining/names_file.ts";
import { openJournalFiles } from "./journal_files.ts";
import { openLocalApp } from "./local.ts";
import type { LocalAppOptions } from "./local_options.ts";
import { searchedIn } from "./messages/searched.ts";
import type { AppNetwork } from "./node/app_network.ts";
import { dialingAhead } from "./node/dialing_ahead.ts";
import type { AppListener, AppStream } from "./node/node.ts";
import { type NodeHost, openDiscovery, openNode } from "./node/open.ts";
import { WAITING_FILE, withWaitingFile } from "./outbox/waiting_file.ts";
import { TITLES_FILE, titlesFile } from "./overlays/titles_file.ts";
import { BLOCKED_FILE, withBlockFile } from "./peers/block_file.ts";
import type { FilePolicy } from "./policies.ts";
import { EPOCHS_FILE, RATCHETS_FILE, secretsFile } from "./secrets_file.ts";
import type { Settings, SettingsHost } from "./settings.ts";

/** Where an identity keeps its messages, in its directory, when no server has them. */
const STORE_FILE = "store/messages.kv";

/** The parts of the system that a store and what lies beside it use. */
export interface StoreHost extends Pick<NodeHost, "clock" | "random"> {
  /** Small files. */
  readonly files: Files;
  /** Files that grow. */
  readonly openLogFile: OpenLogFile;
  /** The file that had the messages has 0 bytes: a new store begins. */
  readonly onEmptyStore?: (path: string) => void;
}

/** What an App here is made of. */
export interface HereRequest {
  /** The command's name. */
  readonly command: string;
  /** Stays until it is ended, and can be reached. */
  readonly resident: boolean;
  /** Uses no network. */
  readonly offline?: boolean;
  /** The process goes on when it is closed. */
  readonly pauses?: boolean;
  /** Whom it will dial: that begins while the store is opened. */
  readonly peers?: readonly Addr[];
  /** What a look-up at the discovery that begins now may take at most, milliseconds. */
  readonly lookUpMs?: () => number;
  /** As in `LocalAppOptions`. */
  readonly sparePort?: number;
  /** What holds for files in place of the settings. */
  readonly files?: Partial<FilePolicy>;
  /** As `FileSettings.onEvent`. */
  readonly onFile?: (event: FileEvent) => void;
  /** This process. */
  readonly pid: number;
  /** Flags, variables, configuration; policies are read when they are needed, since they may change. */
  readonly settings: Settings;
  /** Of the store. */
  readonly directory: string;
  /** Our key; made when there is none. */
  readonly identity: () => Promise<Identity>;
  /** Something could not be kept. */
  readonly onProblem: (error: Error) => void;
  /** A peer's stream was not set up. */
  readonly onRefused?: (error: Error) => void;
}

/**
 * Opens the App in this process. The caller has the identity's lock.
 * @throws As `openNode`, `openIdentityStore` and `openLocalApp`; nothing stays open then.
 */
export async function openHere(
  host: NodeHost & StoreHost & Pick<SettingsHost, "os">,
  request: HereRequest,
): Promise<App> {
  const { settings, resident } = request;
  const discovery = request.offline ? undefined : openDiscovery(settings, host, request.lookUpMs);
  for (const { pk } of request.peers ?? []) discovery?.ahead(pk);
  // The file, the key and the way to the peer are opened side by side.
  const known = request.identity();
  const place = openPlace(host, settings, request.directory, known);
  place.catch(() => {}); // until it is awaited
  const identity = await known.catch(async (error) => {
    await place.then((it) => it.close(), () => {});
    throw error;
  });
  const opening = openStoreAt(host, settings, request.directory, place, identity);
  opening.catch(() => {});
  const early = new Early(request);
  const parts = {
    settings,
    identity,
    command: request.command,
    resident,
    discovery,
    onEvent: early.onEvent,
    admits: early.admits,
    locked: true,
  };
  const node = discovery && await openNode(parts, host).catch(async (error) => {
    await opening.then((store) => store.close(), () => {});
    throw error;
  });
  const client = node
    ? dialingAhead(node.client, request.peers ?? [], host.signal, resident ? node.discovery : undefined)
    : noNetwork(identity.pair.pk);
  let store: Store | undefined;
  const close = async (): Promise<void> => {
    await node?.close();
    // A one-shot command ends now, which closes the file: all that it has kept is written, tidying its log takes 5 ms.
    if (resident || request.pauses) await store?.close();
  };
  try {
    store = await opening;
    const { pair } = identity;
    const app = await openLocalApp(optionsOf(host, request, { client, pair, store, onClose: close }));
    early.open(app);
    return app;
  } catch (error) {
    early.fail(error);
    await close();
    throw error;
  }
}

/** What the App is made of, of what was opened for it and what the command asks for. */
function optionsOf(
  { files, random, clock, os }: StoreHost & Pick<SettingsHost, "os">,
  request: HereRequest,
  { client, pair, store, onClose }: Pick<LocalAppOptions, "client" | "store" | "onClose"> & {
    readonly pair: KeyPair;
  },
): LocalAppOptions {
  const { settings, resident, sparePort, pid, onProblem, directory } = request;
  const { secret } = pair;
  return {
    client,
    own: pair,
    offline: request.offline ?? false,
    pairSecrets: secretsFile(files, join(directory, EPOCHS_FILE)),
    groupSecrets: secretsFile(files, join(directory, RATCHETS_FILE)),
    titles: titlesFile({ files, path: join(directory, TITLES_FILE), secret, random }),
    store,
    clock,
    random,
    resident,
    sparePort,
    settings: settings.messages,
    files: {
      get policy() {
        return filePolicy(request);
      },
      disk: systemFileDisk,
      windows: os === "windows",
      onEvent: request.onFile,
    },
    outbox: settings.outbox,
    discovery: settings.discovery,
    pid,
    onProblem,
    onClose,
  };
}

function filePolicy(
  { settings, files, directory }: HereRequest,
): FilePolicy & { readonly directory: string } {
  const policy = { ...settings.files, ...files };
  return { ...policy, directory: policy.directory ?? join(directory, "files") };
}

/**
 * Opens the store of an identity, and brings what lies beside it up to date. The caller has the identity's lock.
 * @throws As `openKvPlace`, `openServerPlace`, `openJournalFiles`, `openStore` and `withBlockFile`.
 */
export const openIdentityStore = (
  host: StoreHost,
  settings: Settings,
  directory: string,
  identity: Identity,
): Promise<Store> =>
  openStoreAt(
    host,
    settings,
    directory,
    openPlace(host, settings, directory, Promise.resolve(identity)),
    identity,
  );

/** A file needs no key to be opened, a part of a server is named by it. */
async function openPlace(
  { clock, files, onEmptyStore }: StoreHost,
  { store }: Settings,
  directory: string,
  identity: Promise<Identity>,
): Promise<Place> {
  if (store === undefined) {
    const path = join(directory, STORE_FILE);
    // A process that was killed leaves one page at least.
    if (onEmptyStore && (await files.info(path))?.bytes === 0) onEmptyStore(path);
    return await openKvPlace(path);
  }
  return await openServerPlace(store, (await identity).pair.pk, clock);
}

async function openStoreAt(
  { clock, random, files, openLogFile }: StoreHost,
  { durability, outbox }: Settings,
  directory: string,
  opening: Promise<Place>,
  { pair: { secret } }: Identity,
): Promise<Store> {
  const place = await opening;
  const journal = await openJournalFiles({ openLogFile, files, directory, durability }).catch((error) => {
    place.close();
    throw error;
  });
  const store = await openStore({
    place,
    secret,
    clock,
    random,
    journal,
    isSilent,
    readable: searchedIn,
    limits: {
      get outboxBytes() {
        return outbox.bytes;
      },
    },
  });
  try {
    const blocking = await withBlockFile(store, { files, path: join(directory, BLOCKED_FILE), secret });
    const waiting = withWaitingFile(blocking, { files, path: join(directory, WAITING_FILE) });
    return withNamesFile(waiting, { files, path: join(directory, NAMES_FILE) });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** For commands that look at what is kept. */
const noNetwork = (pk: PublicKeyHex): AppNetwork => ({
  pk,
  servers: [],
  dial: (): Promise<AppStream> =>
    Promise.reject(new NetworkError("This command uses no network", { retry: false, reason: "no-network" })),
  listen: (): AppListener & AsyncIterable<AppStream> => {
    throw new TypeError("a command without network listens on nothing");
  },
});
