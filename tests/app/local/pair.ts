/**
 * Local apps for tests: over a hub in memory, with stores in memory that outlive them.
 *
 * @module
 */
import { type LocalApp, openLocalApp } from "../../../lib/app/local.ts";
import type { LocalAppOptions } from "../../../lib/app/local_options.ts";
import type { FilePolicy } from "../../../lib/app/policies.ts";
import { searchedIn } from "../../../lib/app/messages/searched.ts";
import { generateKeyPair, type KeyPair } from "../../../lib/crypto/keys.ts";
import { isSilent } from "../../../lib/overlay/silent.ts";
import { type JournalOptions, openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Clock } from "../../../lib/sys/clock.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { MemoryFileDisk } from "../../fakes/file_disk.ts";
import { hurriedClock } from "../../fakes/hurried.ts";
import { seededRandom } from "../../fakes/random.ts";
import { type AppPair, HURRY, type MakePair } from "../contract/support.ts";

/** Keys that are the same in every run. */
export const keyOf = (name: string): string => pairOf(name).pk;
const pairOf = (name: string): KeyPair => generateKeyPair(seededRandom(`key ${name}`));

/** What an app is made with. */
export interface PartyOptions extends Partial<LocalAppOptions> {
  /** What lies in its store; a fresh one by default. */
  readonly rows?: MemoryRows;
  /** The journal before them; none by default. */
  readonly journal?: JournalOptions;
  /** Goes between the rows and the store. */
  readonly place?: (place: Place) => Place;
  /** What waits for one peer at most. */
  readonly outboxBytes?: number;
}

/** An app, and what a test may do to it. */
export interface Party {
  readonly app: LocalApp;
  readonly store: Store;
  readonly rows: MemoryRows;
  readonly pk: string;
}

/** What holds for files when nothing is said. */
export const filePolicy: FilePolicy = { accept: "ask", maxBytes: 1000, quotaBytes: 2000, peers: {} };

let opened = 0;

/** Opens an app of a key. */
export async function party(
  hub: ChatHub,
  name: string,
  clock: Clock,
  options: PartyOptions = {},
): Promise<Party> {
  const { rows = emptyRows(), place = (same) => same, outboxBytes, ...rest } = options;
  const random = seededRandom(`${name} ${rows.writes} ${opened++}`);
  const pk = keyOf(name);
  const store = await openStore({
    place: place(memoryPlace(rows)),
    secret: new Uint8Array(32).fill(7),
    clock,
    random,
    isSilent,
    readable: searchedIn,
    limits: { outboxBytes },
  });
  const client = hub.client(pk);
  const app = await openLocalApp({
    client,
    store,
    clock,
    random,
    resident: true,
    pid: 1,
    onClose: () => store.close(),
    ...rest,
  });
  return { app, store, rows, pk };
}

/** The maker of the contract's pairs; a maker of another kind wraps its apps. */
export const localPair: MakePair = async (
  settings = {},
): Promise<AppPair & { alice: LocalApp; bob: LocalApp }> => {
  const hub = new ChatHub();
  const clock = hurriedClock(HURRY);
  const disk = new MemoryFileDisk();
  const open = async (name: "alice" | "bob") => {
    const files = { policy: { ...filePolicy, directory: `/${name}` }, disk, windows: false };
    return await party(hub, name, clock, { own: pairOf(name), settings: settings[name], files });
  };
  const [alice, bob] = [await open("alice"), await open("bob")];
  return {
    alice: alice.app,
    bob: bob.app,
    disk,
    leave: (pk) => hub.leave(pk),
    back: (pk) => hub.back(pk),
    close: async () => {
      await alice.app.close();
      await bob.app.close();
    },
  };
};
