/**
 * The groups of an identity in this process, loaded where there are some, and at the first call: who has none pays
 * nothing for them.
 *
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { UserError } from "../../wire/errors.ts";
import type { AppNetwork } from "../node/app_network.ts";
import { memorySecrets, type SecretsFile } from "../secrets_file.ts";
import { through } from "../through.ts";
import { type GroupId, GROUPS, type Groups } from "./groups.ts";
import { hasGroups } from "./has_groups.ts";
import type { LocalGroups } from "./local_groups.ts";
import { Lazy } from "../../wire/lazy.ts";

/** What they are made of. */
export interface LazyGroupsOptions {
  /** Our key pair; without it there are none. */
  readonly own?: KeyPair;
  /** Carries streams. */
  readonly client: AppNetwork;
  /** Keeps our ratchet secrets of D2 groups; in memory by default. */
  readonly groupSecrets?: SecretsFile;
  /** Whether there is no network. */
  readonly offline?: boolean;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Keys, ids and nonces. */
  readonly random: Random;
  /** Whether this program stays. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}

/** Groups that are opened and ended with their app. */
export interface LazyGroups extends Groups {
  /** The keys of a private group, the current one first; undefined: what is said there is not sealed. */
  fileKeys(group: GroupId): Promise<Uint8Array[] | undefined>;
  /** Whether we decide there; who may have been promoted while no program of ours ran hears the others first. */
  decides(group: GroupId): Promise<boolean>;
  /** A peer has given a sign of life: an admin that we wait for is asked. */
  isBack(peer: PublicKeyHex): void;
  /** Opens those that there are; without a network that waits until one is asked for. */
  start(): Promise<void>;
  /** Ends all that runs. */
  close(): Promise<void>;
}

/** Makes them; nothing is loaded yet. */
export function lazyGroups(options: LazyGroupsOptions): LazyGroups {
  const lazy = new Lazy(() => openGroups(options));
  const opened = (): Promise<LocalGroups> => lazy.get();
  const { store, own, offline } = options;
  return {
    ...through<Groups>(GROUPS, async (ask) => await ask(await opened())),
    // Screens and commands that name conversations ask for the list at each start: no engine is opened for it.
    list: async () => {
      if (lazy.made !== undefined) return await (await lazy.made).list();
      return await hasGroups(store) ? await (await import("./list_groups.ts")).listKept(store, own?.pk) : [];
    },
    fileKeys: async (group) => (await opened()).fileKeys(group),
    decides: async (group) => await (await opened()).decides(group),
    isBack: (peer) => void lazy.made?.then((groups) => groups.isBack(peer), () => {}),
    start: async () => void (!offline && await hasGroups(store) && await opened()),
    close: () => lazy.end((groups) => groups.close()),
  };
}

async function openGroups({ own, client: network, ...rest }: LazyGroupsOptions): Promise<LocalGroups> {
  const { store, clock, random, resident, onProblem, offline = false, groupSecrets = memorySecrets() } = rest;
  if (own === undefined) throw noSecret();
  const { LocalGroups } = await import("./local_groups.ts");
  const { RATCHETS } = await import("../secrets_form.ts");
  const { KeptSecrets } = await import("../kept_secrets.ts");
  const ratchets = new KeptSecrets(groupSecrets, RATCHETS);
  const parts = { own, store, clock, random, ratchets, resident, onProblem };
  if (offline) return await LocalGroups.open({ ...parts, network: undefined, carry: undefined });
  const { cxoFeeds } = await import("./feeds/cxo_feeds.ts");
  const carry = cxoFeeds({ own, network, resident, clock, random });
  return await LocalGroups.open({ ...parts, network, carry });
}

const noSecret = (): UserError =>
  new UserError("This program has no key of its own, so it has no groups", {
    kind: "usage",
    hint: "Use an identity.",
  });
