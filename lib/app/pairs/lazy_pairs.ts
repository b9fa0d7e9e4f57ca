/**
 * The pairs of an identity in this process, loaded where there are some, and at the first call or invite.
 *
 * @module
 */
import type { PairControl } from "../../chat/control.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { UserError } from "../../wire/errors.ts";
import type { AppNetwork } from "../node/app_network.ts";
import type { GroupNetwork } from "../groups/feeds/group_network.ts";
import { through } from "../through.ts";
import { CONTACT_INVITES, hasPairs, knowsPairs } from "./has_pairs.ts";
import type { LocalPairs, LocalPairsOptions } from "./local_pairs.ts";
import { PAIRS, type Pairs } from "./pairs.ts";
import { memorySecrets, type SecretsFile } from "../secrets_file.ts";
import { Lazy } from "../../wire/lazy.ts";

/** What they are made of. */
export interface LazyPairsOptions
  extends Omit<LocalPairsOptions, "own" | "carry" | "holds" | "mark" | "secrets"> {
  /** Our key pair; without it there are none. */
  readonly own?: KeyPair;
  /** Carries streams. */
  readonly client: AppNetwork;
  /** Whether there is no network. */
  readonly offline?: boolean;
  /** Keeps epoch secrets; in memory by default. */
  readonly pairSecrets?: SecretsFile;
}

/** Pairs that are opened and ended with their app. */
export interface LazyPairs extends Pairs {
  /** Opens those that there are. */
  start(): Promise<void>;
  /** A peer says a step of pairing. */
  heard(peer: PublicKeyHex, frame: PairControl): Promise<void>;
  /** A peer has given a sign of life. */
  isBack(peer: PublicKeyHex): void;
  /** Ends all that runs. */
  close(): Promise<void>;
}

/** Makes them; nothing is loaded yet. */
export function lazyPairs(options: LazyPairsOptions): LazyPairs {
  const lazy = new Lazy(() => openPairs(options));
  const opened = (): Promise<LocalPairs> => lazy.get();
  const { store, own, offline } = options;
  return {
    ...through<Pairs>(PAIRS, async (ask) => await ask(await opened())),
    // Screens ask at each start: who has none loads nothing for that.
    list: async () =>
      lazy.made === undefined && !await knowsPairs(store) ? [] : await (await opened()).list(),
    issuedInvites: async () =>
      (await store.values.list(CONTACT_INVITES)).length === 0 ? [] : await (await opened()).issuedInvites(),
    start: async () => void (!offline && own && await hasPairs(store) && await opened()),
    heard: async (peer, frame) => await (await opened()).heard(peer, frame),
    isBack: (peer) => void lazy.made?.then((pairs) => pairs.isBack(peer), () => {}),
    close: () => lazy.end((pairs) => pairs.close()),
  };
}

async function openPairs(options: LazyPairsOptions): Promise<LocalPairs> {
  const { own, client: network, offline, pairSecrets: secrets = memorySecrets(), ...rest } = options;
  if (own === undefined) {
    throw new UserError("This program has no key of its own, so it has no pairs", {
      kind: "usage",
      hint: "Use an identity.",
    });
  }
  const { LocalPairs } = await import("./local_pairs.ts");
  if (offline) return await LocalPairs.open({ ...rest, own, secrets, carry: undefined, holds: undefined });
  const { cxoFeeds } = await import("../groups/feeds/cxo_feeds.ts");
  const { resident, clock, random } = rest;
  const dial: AppNetwork["dial"] = async (to, signal) => {
    if (await rest.isBlocked(to.pk)) throw new Error("blocked"); // nothing is dialled to a blocked peer
    return await network.dial(to, signal);
  };
  const streams: GroupNetwork = { dial, listen: (port) => network.listen(port) };
  const carry = cxoFeeds({
    own,
    network: streams,
    resident,
    clock,
    random,
  });
  const mark = network.mark && ((peer: string) => network.mark!(peer));
  return await LocalPairs.open({ ...rest, own, secrets, carry, mark, holds: resident ? streams : undefined });
}
