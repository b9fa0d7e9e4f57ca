/**
 * Hosting files for peers: the part of `daemon`, `listen --scp-root` and `scp-host` that they share.
 *
 * @see lib/scp/README.md "Host", "Whitelist"; cli/README.md "Copying files"
 * @module
 */
import { takeAll } from "../../../lib/bridge/taking.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { SCP_PORT } from "../../../lib/scp/client.ts";
import type { Grant, Served } from "../../../lib/scp/host.ts";
import { ScpHost } from "../../../lib/scp/streams.ts";
import { type Access, MAX_LIST_BYTES, type VisorScp, visorScp } from "../../../lib/scp/whitelist.ts";
import { systemPacking } from "../../../lib/sys/copies/packing.ts";
import { sweepParts } from "../../../lib/sys/copies/sweep.ts";
import { join } from "../../../lib/sys/paths.ts";
import { subTree, type Tree } from "../../../lib/sys/tree/tree.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { CommandApp } from "../../app.ts";
import type { Context } from "../../context.ts";
import { LiveList, tellMissing } from "../../serving/live_list.ts";
import { sharedRoot } from "../../serving/shared_root.ts";
import type { HostEvent } from "../told/words.ts";
import type { ScpHostFlags } from "./flags.ts";

/** A host that runs. */
export interface OpenHost {
  /** The directory. */
  readonly root: string;
  /** The list; it need not exist. */
  readonly whitelist: string;
  /** Ends it; what runs is cut. */
  close(): void;
}

/**
 * Begins to host on port 23.
 * @param config  A visor's configuration (`-c`): its list, root and `disabled` count where no flag says otherwise.
 * @returns undefined when that configuration has switched the copier off.
 * @throws {UserError} usage: the directory can't be shared · busy: the port is taken · local: the list or configuration
 * can't be read.
 */
export async function openScpHost(
  context: Context,
  { app, settings, directory }: CommandApp,
  flags: ScpHostFlags & { readonly config?: string },
  onEvent: (event: HostEvent) => void,
): Promise<OpenHost | undefined> {
  const visor = await visorOf(context, flags.config);
  if (visor.disabled && flags.scpRoot === undefined) return undefined;
  const named = flags.scpRoot ?? visor.rootDir ?? join(directory, "scp-root");
  const whitelist = flags.scpWhitelist ?? flags.config ?? join(directory, "scp-whitelist");
  const lists = [whitelist, ...(flags.config ? [flags.config] : [])];
  const hint = "Name a directory that holds nothing but what peers may see, with --scp-root.";
  const { root, tree } = await sharedRoot(context, settings, named, { lists, hint });
  const onProblem = (reason: string): void => onEvent({ event: "copy-list", reason });
  const list = new LiveList(context, whitelist, onProblem);
  await list.read();
  await tellMissing(context, flags.scpWhitelist, "our own key is", onProblem);
  const quota = new Quota(flags.scpMaxFile, flags.scpQuota);
  const host = new ScpHost({
    clock: context.clock,
    digest: await loadSha256(),
    packing: systemPacking(),
    grant: async (peer) => {
      const access = peer === app.pk ? OWN : await list.accessOf(peer);
      return access && grantOf(tree, access, (bytes, before) => quota.refusal(peer, bytes, before));
    },
    onServed: (peer, served) => {
      quota.settle(peer, served);
      onEvent(eventOf(peer, served));
    },
    onRejected: (peer) => onEvent({ event: "copy-refused", peer, reason: "not on the whitelist" }),
  });
  const listener = await app.node.listen(SCP_PORT).catch(alreadyHosted);
  takeAll(listener, (stream) => void host.take(stream, stream.remote.pk))
    .catch(() => {}); // the app has ended; the command hears of that itself
  const stopSweeping = sweepDaily(context.clock, root);
  return {
    root,
    whitelist,
    close: () => {
      stopSweeping();
      listener.close();
      host.stop();
    },
  };
}

/** The port is always the same: another one can't be chosen. */
function alreadyHosted(error: unknown): never {
  if (!(error instanceof UserError) || error.kind !== "busy") throw error;
  throw new UserError("Another program of this identity lets peers copy files already", {
    kind: "busy",
    hint: "`dmsg daemon` does, into scp-root beside the key. End that program, or start it with --scp-root.",
    cause: error,
  });
}

const DAY_MS = 24 * 3600 * 1000;

/** Copies that were never taken up again go, now and every day. @returns Ends it. */
function sweepDaily(clock: Context["clock"], root: string): () => void {
  let cancel: () => void = () => {};
  const sweep = (): void => {
    void sweepParts(root, Number(clock.wallNs() / 1_000_000n), true);
    cancel = clock.after(DAY_MS, sweep);
  };
  sweep();
  return () => cancel();
}

const OWN: Access = { read: true, write: true };

const grantOf = (tree: Tree, access: Access, refuseSize: Grant["refuseSize"]): Grant => ({
  tree: access.directory === undefined ? tree : subTree(tree, access.directory),
  directory: access.directory,
  read: access.read,
  write: access.write,
  refuseSize,
});

async function visorOf(context: Context, path: string | undefined): Promise<VisorScp> {
  const bytes = path === undefined ? undefined : await context.files.read(path, MAX_LIST_BYTES);
  return bytes === undefined ? { disabled: false } : visorScp(fromUtf8(bytes));
}

/** How much of one key is taken; of those that break off too. */
export class Quota {
  readonly #maxFile: number | undefined;
  readonly #perKey: number | undefined;
  readonly #taken = new Map<PublicKeyHex, number>();

  /** Nothing is taken yet. @param maxFile  Bytes of the longest file. @param perKey  Bytes of all. */
  constructor(maxFile: number | undefined, perKey: number | undefined) {
    this.#maxFile = maxFile;
    this.#perKey = perKey;
  }

  /** Why so many bytes are not taken; when they are, they count from now on. @param before  Of the same file. */
  refusal(peer: PublicKeyHex, bytes: number, before = 0): string | undefined {
    if (this.#maxFile !== undefined && before + bytes > this.#maxFile) {
      return `files of at most ${this.#maxFile} bytes are taken`;
    }
    const taken = (this.#taken.get(peer) ?? 0) + bytes;
    if (this.#perKey !== undefined && taken > this.#perKey) return "the quota of this key is used up";
    this.#taken.set(peer, taken);
    return undefined;
  }

  /** What did not arrive counts no longer; what waits to be taken up again does, and once only. */
  settle(peer: PublicKeyHex, { error, promised = 0, spared = 0, kept = 0 }: Served): void {
    const taken = this.#taken.get(peer) ?? 0;
    this.#taken.set(peer, Math.max(0, taken - spared - (error ? promised - kept : 0)));
  }
}

function eventOf(peer: PublicKeyHex, { role, path, bytes, files, error }: Served): HostEvent {
  if (error) return { event: "copy-failed", peer, path, bytes, files, reason: error.message };
  return { event: role === "SINK" ? "copied-in" : "copied-out", peer, path, bytes, files };
}
