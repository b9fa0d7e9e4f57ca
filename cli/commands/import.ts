/**
 * `dmsg import`: a backup of `dmsg export` into this identity.
 *
 * @see lib/app/backup.ts; lib/app/restore.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { addAlias, type Aliases, checkAliasName, readAliases } from "../../lib/identity/aliases.ts";
import { createKeyFile } from "../../lib/identity/key_file.ts";
import { takeLock } from "../../lib/identity/lock.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { openIdentityStore } from "../../lib/app/here.ts";
import { type BackupLine, read } from "../../lib/app/backup.ts";
import { type BackupInput, openBackup } from "../input/backup_input.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import {
  type IdentityFlags,
  identityFlags,
  outputAliases,
  type OutputFlags,
  outputFlags,
} from "../flags/flags.ts";
import { Restore } from "../../lib/app/restore.ts";
import { parsePathOrPipe } from "../flags/paths.ts";

/** Into our own file's identity only: a key from elsewhere is kept elsewhere. */
const placeFlags = { identity: identityFlags.identity, dataDir: identityFlags.dataDir };
type ImportFlags = OutputFlags & Pick<IdentityFlags, "identity" | "dataDir">;

/** `dmsg import`. */
const importAll: Command<Context> = command({
  brief: "Read a file of `dmsg export`",
  details:
    "Adds what is not there: importing twice is the same as once, and nothing of ours is lost. New messages are put\n" +
    "behind those of their conversation. The identity must have the same key; a backup with a key creates it when\n" +
    "there is none.\n" +
    "\n" +
    "What was queued is not sent from here: see `dmsg outbox retry`. End `dmsg daemon` and `listen` first.",
  examples: [["dmsg import backup.ndjson", "On the new machine"], [
    "age -d backup.age | dmsg import -",
    "From standard input",
  ]],
  parameters: {
    flags: { ...outputFlags, ...placeFlags },
    aliases: outputAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parsePathOrPipe,
        placeholder: "file",
        brief: "The backup; - for standard input",
      }],
    },
  },
  async run(context: Context, flags: ImportFlags, path: string) {
    const input = await openBackup(context, path);
    try {
      return await restore(context, flags, input);
    } finally {
      input.close();
    }
  },
});

export default importAll;

async function restore(context: Context, flags: ImportFlags, input: BackupInput): Promise<Status> {
  const { pk, secret } = await look(input);
  const found = await context.settings(flags);
  const { envSecret: _elsewhere, ...identityPlaces } = found.identity;
  const settings = { ...found, identity: identityPlaces };
  const { keyFile } = settings.identity;
  if (secret && await context.files.info(keyFile) === undefined) {
    await createKeyFile(context.files, keyFile, fromHex(secret));
  } else if (await context.files.info(keyFile) === undefined) {
    throw other(
      `There is no key here, and none in the backup of ${pk}`,
      "Bring its key with `dmsg id import`.",
    );
  }
  const identity = await context.identity(settings);
  if (identity.pair.pk !== pk) {
    throw other(
      `The backup is of ${pk}, this identity is ${identity.pair.pk}`,
      "Name another with --identity.",
    );
  }
  const holder = { pid: Deno.pid, command: "import", resident: false };
  const lockPath = ownerPaths(settings.identityDir, context.os).lock;
  const lock = await takeLock({ path: lockPath, holder, clock: context.clock, signal: context.signal });
  try {
    const store = await openIdentityStore(context, settings, settings.identityDir, identity);
    try {
      const backup = new Restore(store);
      const aliases = await readAliases(context);
      let named = 0;
      try {
        for await (const line of read(input.chunks())) {
          context.signal.throwIfAborted();
          if (line.type === "alias") named += await keepAlias(context, aliases, line);
          else await backup.take(line);
        }
        await backup.end();
      } catch (error) {
        context.print.note("importedInPart", { ...backup.counts, aliases: named });
        throw error;
      }
      context.print.out("imported", { pk, ...backup.counts, aliases: named });
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
  return Status.done;
}

/** Reads it to its end: nothing is kept of one that is damaged. */
async function look(input: BackupInput): Promise<{ pk: string; secret?: string }> {
  let pk = "";
  let secret: string | undefined;
  for await (const line of read(input.chunks())) {
    if (line.type === "dmsg-backup") pk = line.pk;
    if (line.type === "key") secret = line.secret;
  }
  if (secret && keyPairOf(fromHex(secret)).pk !== pk) {
    throw new UserError("This is not a whole backup: its key is another one", {
      kind: "local",
      hint: "Take another copy of it.",
    });
  }
  return { pk, secret };
}

/** A name that means something else here keeps its meaning. @returns How many were added. */
async function keepAlias(
  context: Context,
  aliases: Aliases,
  { name, pk }: Extract<BackupLine, { type: "alias" }>,
): Promise<number> {
  if (aliases.has(name)) return 0;
  try {
    checkAliasName(name);
  } catch {
    return 0; // written into the file by hand
  }
  await addAlias(context, name, pk);
  return 1;
}

const other = (message: string, hint: string): UserError => new UserError(message, { kind: "refused", hint });
