/**
 * Stores for tests: one opener for each adapter, and short forms of changes.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import { openStore, type StoreLimits } from "../../lib/store/open.ts";
import { openKvPlace, openServerPlace } from "../../lib/store/place/kv.ts";
import { emptyRows, memoryPlace } from "../../lib/store/place/memory.ts";
import type { Key, Place } from "../../lib/store/place/place.ts";
import { allOf } from "../../lib/store/rows/keys.ts";
import type { Change, CommitResult, NewMessage, Outbox, Queued, Store } from "../../lib/store/store.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { FakeClock } from "../fakes/clock.ts";
import { startKvServer } from "../fakes/kv_connect.ts";
import { seededRandom } from "../fakes/random.ts";

/** The identity's secret in tests. */
export const SECRET = new Uint8Array(32).fill(7);
/** Three parties. */
export const [ANN, BEN, CAT] = ["a", "b", "c"].map((digit) => `02${digit.repeat(64)}`);
/** 24 hours, milliseconds. */
export const DAY_MS = 86_400_000;

/** A kind of place, and how to get to the same one again and again. */
export interface PlaceKind {
  readonly name: string;
  /** Set when it can't be tested here: why. */
  readonly missing?: string;
  /** Calls back with an opener; frees everything afterwards. */
  use(run: (open: () => Promise<Place>) => Promise<void>): Promise<void>;
}

/** What is no line, in tests. */
const isSilent = (body: string): boolean => body.startsWith("(silent)");

/** In memory. */
export const memoryKind: PlaceKind = {
  name: "Memory",
  use: (run) => {
    const rows = emptyRows();
    return run(() => Promise.resolve(memoryPlace(rows)));
  },
};

/** A file in a directory of its own. */
export const fileKind: PlaceKind = {
  name: "Kv",
  use: async (run) => {
    const folder = await Deno.makeTempDir();
    try {
      await run(() => openKvPlace(`${folder}/data/store.kv`));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

/** A KV Connect server in this process. */
export const connectKind: PlaceKind = {
  name: "Kv Connect",
  use: async (run) => {
    await using server = startKvServer();
    await run(() => openServerPlace(server.url, ANN, systemClock()));
  },
};

const TEST_URL = Deno.env.get("DMSG_TEST_KV_URL");

/** A real one; a part of its own that is emptied afterwards. Its token is in DENO_KV_ACCESS_TOKEN. */
export const realConnectKind: PlaceKind = {
  name: "Real Kv Connect",
  missing: TEST_URL ? undefined : "DMSG_TEST_KV_URL is not set",
  use: async (run) => {
    const { pk } = generateKeyPair(systemRandom);
    const open = () => openServerPlace(TEST_URL!, pk, systemClock());
    try {
      await run(open);
    } finally {
      await emptyPlace(await open());
    }
  },
};

async function emptyPlace(place: Place): Promise<void> {
  for (const kind of "bcefhijkmopv") {
    const keys = [["h"] as Key, [kind] as Key];
    for await (const { key } of place.list(allOf(kind))) keys.push(key);
    for (let at = 0; at < keys.length; at += 500) {
      const writes = keys.slice(at, at + 500).map((key) => ({ key, value: undefined }));
      await place.write(writes, { key: ["h"], stamp: (await place.stamped(["h"])).stamp });
    }
  }
  place.close();
}

/** All adapters. */
export const KINDS: readonly PlaceKind[] = [memoryKind, fileKind, connectKind, realConnectKind];

/** An open store and what belongs to it. */
export interface World {
  /** The store; another one after `reopen`. */
  store: Store;
  /** Its clock. */
  readonly clock: FakeClock;
  /** Closes and opens it again. */
  reopen(): Promise<void>;
  /** Commits changes that must be kept. */
  keep(...changes: Change[]): Promise<Extract<CommitResult, { ok: true }>>;
}

/** Runs a test with a fresh store. */
export function withWorld(
  kind: PlaceKind,
  run: (world: World) => Promise<void>,
  limits?: StoreLimits,
): Promise<void> {
  return kind.use(async (openPlace) => {
    const clock = new FakeClock();
    const random = seededRandom(1);
    const open = async () =>
      openStore({ place: await openPlace(), secret: SECRET, clock, random, limits, isSilent });
    const world: World = {
      store: await open(),
      clock,
      async reopen() {
        await world.store.close();
        world.store = await open();
      },
      async keep(...changes) {
        const result = await world.store.commit(changes);
        ok(result.ok, `refused: ${result.ok ? "" : result.reason}`);
        return result;
      },
    };
    try {
      await run(world);
    } finally {
      await world.store.close();
    }
  });
}

/** A message change. */
export function text(
  peer: string,
  body: string,
  more: Partial<NewMessage> & { queue?: { dueNs: bigint } } = {},
): Extract<Change, { kind: "message" }> {
  const { queue, ...rest } = more;
  const message: NewMessage = {
    peer,
    direction: "in",
    body,
    atNs: 1_700_000_000_000_000_000n,
    state: "received",
    form: rest.id === undefined ? "text" : "envelope",
    via: "dmsg",
    ...rest,
  };
  return { kind: "message", message, ...(queue ? { queue } : {}) };
}

/** Bodies of messages. */
export const bodies = (messages: readonly { body: string }[]): string[] => messages.map(({ body }) => body);

/** A test of what every adapter does; one that is missing here says so in its title. */
export function contract(title: string, run: (world: World) => Promise<void>, limits?: StoreLimits): void {
  for (const kind of KINDS) {
    Deno.test({
      name: `${kind.name} store ${title}${kind.missing ? ` (skipped: ${kind.missing})` : ""}`,
      ignore: kind.missing !== undefined,
      fn: () => withWorld(kind, run, limits),
    });
  }
}

/** What waits for one peer, in order. */
export const queuedFor = async (outbox: Outbox, peer: string): Promise<Queued[]> =>
  (await outbox.list()).filter((entry) => entry.peer === peer);
