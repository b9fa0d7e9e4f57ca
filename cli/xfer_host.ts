/**
 * Taking files that peers send (port 64): from whom, how much, and where they go.
 *
 * @see lib/xfer/README.md; cli/README.md "Sending files"
 * @module
 */
import { loadSha256 } from "../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import { createPart, freeBytes, isOwnPartName } from "../lib/sys/part_file.ts";
import { isAbsolute, join } from "../lib/sys/paths.ts";
import { isOddOnWindows } from "../lib/sys/root.ts";
import { sweepParts } from "../lib/sys/sweep.ts";
import { type Offer, XFER_PORT } from "../lib/xfer/frames.ts";
import { numberedName, savedName } from "../lib/xfer/names.ts";
import { type Acceptance, receiveFile } from "../lib/xfer/transfer.ts";
import type { CommandApp } from "./app.ts";
import type { Context } from "./context.ts";
import type { HostEvent } from "./scp_words.ts";
import { parseSize } from "./size.ts";

/** Files that come at once, of all peers together. */
const MAX_STREAMS = 8;
/** The largest file, when nothing is said. */
const MAX_FILE: number = 100 * 2 ** 20;
/** All files of one peer that lie in its directory. */
const QUOTA: number = 2 ** 30;
/** So many files of one name are told apart. */
const MAX_NUMBER = 999;
/** Left free for everything else. */
const SPARE_BYTES: number = 16 * 2 ** 20;

/** Flags of taking files. */
export type FilesFlags = {
  /** `--files DIR`. */
  readonly files?: string;
  /** `--files-max SIZE`. */
  readonly filesMax?: number;
  /** `--files-quota SIZE`. */
  readonly filesQuota?: number;
};

const size = (brief: string) =>
  ({ kind: "parsed", parse: parseSize, optional: true, placeholder: "size", brief }) as const;

/** The definitions of {@link FilesFlags}. */
export const filesFlags = {
  files: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "dir",
    brief: "Take files that accepted peers send (port 64), each peer's into a directory of its own",
  },
  filesMax: size("Take no larger file; 100M by default"),
  filesQuota: size("Keep no more of one peer; 1G by default"),
} as const;

/**
 * Begins to take files.
 * @throws {UserError} busy: another program takes port 64.
 */
export async function openFiles(
  context: Context,
  { app }: CommandApp,
  flags: FilesFlags & { readonly files: string },
  onEvent: (event: HostEvent) => void,
): Promise<void> {
  const { files, filesMax = MAX_FILE, filesQuota = QUOTA } = flags;
  const inbox = new Inbox({
    directory: isAbsolute(files, context.os) ? files : join(Deno.cwd(), files),
    maxFile: filesMax,
    quota: filesQuota,
    windows: context.os === "windows",
    nowMs: () => Number(context.clock.wallNs() / 1_000_000n),
    isAccepted: async (peer) =>
      peer === app.pk ||
      (await app.peers.list()).some((one) => one.peer === peer && one.accepted && !one.blocked),
  });
  const digest = await loadSha256();
  const listener = await app.node.listen(XFER_PORT);
  void (async () => {
    for (;;) {
      const stream = await listener.accept();
      if (stream === null) return;
      const peer = stream.remote.pk;
      void receiveFile(stream, peer, (offer) => inbox.decide(peer, offer), { clock: context.clock, digest })
        .then((outcome) => {
          if (outcome.offer) inbox.over(outcome.offer);
          const { offer } = outcome;
          const bytes = offer && Number(offer.size);
          if (outcome.kind === "kept") {
            onEvent({ event: "file-in", peer, path: inbox.nameOf(peer, offer!), bytes });
          } else {onEvent({
              event: `file-${outcome.kind}`,
              peer,
              path: offer?.name,
              bytes,
              reason: outcome.reason,
            });}
        });
    }
  })().catch(() => {}); // the app has ended; the command hears of that itself
}

/** What an {@link Inbox} goes by. */
export interface InboxParts {
  /** Each peer's files are in `DIRECTORY/KEY`. */
  readonly directory: string;
  /** Bytes of the largest file. */
  readonly maxFile: number;
  /** Bytes of all files of one peer. */
  readonly quota: number;
  /** Names as Windows has them. */
  readonly windows: boolean;
  /** Wall time, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Whether files of a peer are wanted. */
  readonly isAccepted: (peer: PublicKeyHex) => Promise<boolean>;
}

/** Decides about offers, and finds names that nothing has yet. */
export class Inbox {
  readonly #parts: InboxParts;
  /** Offers that are being received: the name in the directory, and what is promised. */
  readonly #open = new Map<
    Offer,
    { readonly peer: PublicKeyHex; readonly name: string; readonly bytes: number }
  >();
  readonly #kept = new WeakMap<Offer, string>();
  #last: Promise<unknown> = Promise.resolve();

  /** Nothing is looked at yet. */
  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Whether a file is taken. A peer that is not wanted hears no reason. One offer after the other is looked at. */
  decide(peer: PublicKeyHex, offer: Offer): Promise<Acceptance> {
    const decided = this.#last.then(() => this.#decide(peer, offer));
    this.#last = decided.catch(() => {});
    return decided;
  }

  async #decide(peer: PublicKeyHex, offer: Offer): Promise<Acceptance> {
    const { directory, maxFile, quota, isAccepted, nowMs } = this.#parts;
    const bytes = Number(offer.size);
    // A file of a group has other readers, and in a private one it is sealed with that group's key.
    if (offer.group !== "" || !await isAccepted(peer).catch(() => false)) return no("declined");
    if (this.#open.size >= MAX_STREAMS) return no("busy");
    if (bytes > maxFile) return no(`files of at most ${maxFile} bytes are taken`);
    const place = `${directory}/${peer}`;
    await Deno.mkdir(place, { recursive: true, mode: 0o700 });
    await sweepParts(place, nowMs(), false);
    const { names, bytes: there } = await contents(place);
    let promised = 0;
    for (const one of this.#open.values()) {
      if (one.peer !== peer) continue;
      promised += one.bytes;
      names.add(one.name);
    }
    if (there + promised + bytes > quota) return no("the quota is used up");
    const free = await freeBytes(place);
    if (free !== undefined && bytes > free - SPARE_BYTES) return no("not enough space");
    const name = this.#freeName(offer, names);
    if (name === undefined) return no("declined");
    this.#open.set(offer, { peer, name, bytes });
    this.#kept.set(offer, name);
    return { ok: true, open: async () => await createPart(await Deno.realPath(place), name) };
  }

  /** An offer has its end, whatever it is. */
  over(offer: Offer): void {
    this.#open.delete(offer);
  }

  /** What a file is called here, below the directory. */
  nameOf(peer: PublicKeyHex, offer: Offer): string {
    return `${peer}/${this.#kept.get(offer) ?? offer.id}`;
  }

  #freeName(offer: Offer, taken: ReadonlySet<string>): string | undefined {
    let name = savedName(offer.name, offer.id);
    if (name !== undefined && this.#parts.windows && isOddOnWindows(name)) name = `file-${offer.id}`;
    for (let number = 0; name !== undefined && number <= MAX_NUMBER; number++) {
      const tried = number === 0 ? name : numberedName(name, number);
      if (!taken.has(tried)) return tried;
    }
    return undefined;
  }
}

const no = (reason: string): Acceptance => ({ ok: false, reason });

async function contents(place: string): Promise<{ names: Set<string>; bytes: number }> {
  const names = new Set<string>();
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(place)) {
    names.add(name);
    // What is being received counts as what was promised.
    if (isFile && !isOwnPartName(name)) {
      bytes += (await Deno.lstat(`${place}/${name}`).catch(() => ({ size: 0 }))).size;
    }
  }
  return { names, bytes };
}
