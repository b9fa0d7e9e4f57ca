/**
 * `dmsg export`: everything that an identity keeps, as a file.
 *
 * @see lib/app/backup.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { type BackupLine, kept, written } from "../../lib/app/backup.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { readAliases } from "../../lib/identity/aliases.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { fromUtf8, toHex } from "../../lib/wire/bytes.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { checkPiped, parsePathOrPipe, PIPE, writeNewFile } from "../flags/paths.ts";
import { type KeptFlags, keptFlags, Lease, withoutNetwork } from "../kept.ts";

type ExportFlags = KeptFlags & { readonly withKey: boolean };

/** `dmsg export`. */
const exportAll: Command<Context> = command({
  brief: "Write messages, peers and aliases into a new file",
  details:
    "A backup that `dmsg import` reads on any machine: lines of JSON, not encrypted, which only you may read\n" +
    "(0600). Keep it where nobody else can read it.\n" +
    "\n" +
    "It has the secret key and the keys of private groups only with --with-key. Without them the groups' admins are\n" +
    "asked for the keys again, and the messages can be imported only where the identity still is, or its key, kept\n" +
    "with `dmsg id export`, was imported.",
  examples: [
    ["dmsg export backup.ndjson", "Everything but the secret key"],
    ["dmsg export backup.ndjson --with-key", "With it: the file is your identity"],
    ["dmsg export - --with-key | age -r … > backup.age", "To standard output, here to be encrypted"],
  ],
  parameters: {
    flags: {
      withKey: { kind: "boolean", default: false, withNegated: false, brief: "Put the secret key in, too" },
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parsePathOrPipe,
        placeholder: "file",
        brief: "The file to make; - for standard output",
      }],
    },
  },
  async run(context: Context, flags: ExportFlags, path: string) {
    const toOutput = path === PIPE;
    if (toOutput) checkPiped("A backup is not for a terminal: what peers wrote could control it");
    const settings = await context.settings(withoutNetwork(flags));
    const lease = new Lease(context, flags, "export");
    try {
      const { pk } = await opened(lease);
      const identity = flags.withKey ? await context.identity(settings) : undefined;
      const shown = toOutput ? "standard output" : path;
      const done = { path: shown, bytes: 0, kept: toOutput };
      const lines = counting(context.signal, written(backup(context, lease, pk, identity)), done);
      await (toOutput ? print(context, lease, lines) : writeNewFile(path, lines)).catch((error) => {
        if (done.bytes > 0) context.print.note("exportedInPart", done);
        throw error;
      });
      const { bytes } = done;
      const value = { pk, path: shown, bytes, with_key: flags.withKey };
      if (toOutput) context.print.note("exported", value);
      else context.print.out("exported", value);
      context.print.note(flags.withKey ? "backupHasKey" : "backupIsPlain", { path: shown });
      if (!flags.withKey) context.print.note("backupHasNoKey", undefined);
      return Status.done;
    } finally {
      await lease.release();
    }
  },
});

export default exportAll;

/** Without an identity the lease fails. */
const opened = async (lease: Lease): Promise<KeptApp> => (await lease.get())!;

async function* backup(
  context: Context,
  lease: Lease,
  pk: PublicKeyHex,
  identity: Identity | undefined,
): AsyncGenerator<BackupLine> {
  yield { type: "dmsg-backup", version: 1, pk, ts: formatGoTime(context.clock.wallNs()) };
  if (identity) yield { type: "key", secret: toHex(identity.pair.secret) };
  for (const [name, key] of await readAliases(context)) yield { type: "alias", name, pk: key };
  yield* kept(() => opened(lease), {
    keys: identity !== undefined,
    onDamaged: ({ id }) => context.print.note("groupNotExported", { group: id }),
  });
}

/** The same chunks, until the signal comes; of those that were taken the bytes are counted. */
async function* counting(
  signal: AbortSignal,
  chunks: AsyncIterable<Uint8Array>,
  done: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const bytes of chunks) {
    signal.throwIfAborted();
    yield bytes;
    done.bytes += bytes.length;
  }
}

/** Writes to standard output, as fast as it is read. */
async function print(
  { print }: Context,
  lease: Lease,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const bytes of chunks) {
    print.text(fromUtf8(bytes)); // whole lines
    await lease.room();
  }
}
