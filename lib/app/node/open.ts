/**
 * Opens a dmsg client for a command: the real clock, randomness and carriers, and the identity's right to be used.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { CARRIERS } from "../../dmsg/carriers/mod.ts";
import { type ClientEvent, DmsgClient } from "../../dmsg/client.ts";
import { DiscoveryClient } from "../../dmsg/discovery/client.ts";
import type { Identity } from "../../identity/identity.ts";
import { type OwnerLock, takeLock } from "../../identity/lock.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";
import { join } from "../../sys/paths.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import type { Settings } from "../settings.ts";
import { answers, heldBy } from "./held.ts";
import { LookAhead } from "./look_ahead.ts";

/** The parts of the system that a node uses. */
export interface NodeHost {
  /** Time. */
  readonly clock: Clock;
  /** For keys, ids and delays. */
  readonly random: Random;
  /** HTTP to the discovery. */
  readonly fetch: Fetch;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** What a command wants of its node. */
export interface NodeRequest {
  /** What flags, variables and the configuration file say. */
  readonly settings: Settings;
  /** Who we are. */
  readonly identity: Identity;
  /** The command's name, for those whom it makes wait. */
  readonly command: string;
  /** Stays and can be reached: holds sessions and an entry, offers the hybrid. Else it only dials. */
  readonly resident: boolean;
  /** The caller has the identity's lock already. */
  readonly locked?: boolean;
  /** Asks the discovery; {@link openDiscovery} makes one when there is none. */
  readonly discovery?: DiscoveryClient;
  /** As in `ClientOptions`: whose streams are taken, whatever their port. */
  readonly admits?: (pk: PublicKeyHex) => Promise<boolean>;
  /** Hears of sessions, the entry and problems. */
  readonly onEvent?: (event: ClientEvent) => void;
  /** Told when a dial waits for its peer. */
  readonly onAsked?: () => void;
}

/** An open node. */
export interface Node {
  /** Dials and takes streams. */
  readonly client: DmsgClient;
  /** Looks up entries. */
  readonly discovery: DiscoveryClient;
  /** Ends it: the entry is taken back, sessions end, the identity is free for the next command. */
  close(): Promise<void>;
}

/**
 * Opens a node: takes the identity's lock, makes the client, and for a resident one begins to publish and answers
 * pings on port 7. Nothing is connected yet when it resolves.
 * @returns The node; the caller closes it, or the entry stays until it ages.
 * @throws {UserError} busy: the identity's file is in use by another command · refused: a running program elsewhere
 *   holds a key that is not our file's, and `--take-over` is not given.
 * @throws {NetworkError} `no-network`: the discovery that was to be asked about that did not answer.
 * @throws The signal's reason, when it is aborted while another command has the identity.
 * @see lib/app/README.md "A node"; lib/owner/README.md
 */
export async function openNode(request: NodeRequest, host: NodeHost): Promise<Node> {
  const { settings, identity, resident } = request;
  const discovery = request.discovery ?? openDiscovery(settings, host);
  const lock = await claim(request, discovery, host);
  const client = new DmsgClient({
    pair: identity.pair,
    discovery: resident ? withoutSignal(settings, host) : discovery,
    carriers: CARRIERS,
    clock: host.clock,
    random: host.random,
    offerPq: resident || settings.pq !== "off",
    requirePq: settings.pq === "require",
    admits: request.admits,
    onEvent: request.onEvent,
    onAsked: request.onAsked,
  });
  if (resident) {
    const { serveControl } = await import("../../dmsg/streams/control.ts");
    serveControl(client);
    client.publish();
  }
  return {
    client,
    discovery,
    close: async () => {
      await client.close();
      lock?.release();
    },
  };
}

/** Longest wait for a discovery, however much time a command has. */
const LOOK_UP_MS = 5000;

/**
 * The discovery of a command; it may be asked before the identity is known ({@link LookAhead.ahead}).
 * @param limitMs  What a look-up that begins now may take at most, when that is less than 5 s.
 */
export const openDiscovery = (settings: Settings, host: NodeHost, limitMs?: () => number): LookAhead =>
  new LookAhead({
    urls: settings.discovery,
    fetch: host.fetch,
    clock: host.clock,
    signal: host.signal,
    get timeoutMs() {
      return Math.min(limitMs?.() ?? Infinity, LOOK_UP_MS);
    },
  });

/** A resident program takes its entry back after the interrupt: its requests must outlive the signal. */
const withoutSignal = (settings: Settings, host: NodeHost): DiscoveryClient =>
  new DiscoveryClient({ urls: settings.discovery, fetch: host.fetch, clock: host.clock });

async function claim(
  request: NodeRequest,
  discovery: DiscoveryClient,
  host: NodeHost,
): Promise<OwnerLock | undefined> {
  const { settings, identity, command, resident } = request;
  if (identity.origin === "file") {
    if (request.locked) return undefined;
    const path = join(settings.identityDir, "run", "owner.lock");
    const holder = { pid: Deno.pid, command, resident };
    return await takeLock({ path, holder, clock: host.clock, signal: host.signal });
  }
  if (settings.takeOver) return undefined;
  const entry = await discovery.entry(identity.pair.pk);
  const state = heldBy(entry, host.clock.wallNs());
  if (state === "running") throw held(identity);
  if (state === "unknown" && await answers(identity.pair.pk, discovery, host)) throw held(identity);
  return undefined;
}

function held(identity: Identity): UserError {
  return new UserError(
    `A running program holds the key ${identity.pair.pk}; a second one would push it off`,
    {
      kind: "refused",
      hint:
        "Use an identity of its own (leave -c, --sk and DMSG_SK out, or --identity NAME), or --take-over.",
    },
  );
}
