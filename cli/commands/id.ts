/**
 * `dmsg id`: our identity, which is a key pair.
 *
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { keptIdentities, requireIdentity } from "../../lib/identity/identity.ts";
import { createKeyFile } from "../../lib/identity/key_file.ts";
import { parseSecret } from "../../lib/identity/secret.ts";
import { secretOfVisorConfig } from "../../lib/identity/visor_config.ts";
import { generateKeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { fromUtf8, toHex } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { command, commandGroup } from "../command.ts";
import { checkParent } from "../directory.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import {
  identityAliases,
  type IdentityFlags,
  identityFlags,
  outputAliases,
  type OutputFlags,
  outputFlags,
} from "../flags/flags.ts";
import { checkPiped, parsePathOrPipe, PIPE } from "../flags/paths.ts";
import { pairLines } from "../output/table.ts";

/** Longest input of `id import`: room for a visor configuration. */
const MAX_IMPORT_BYTES = 1 << 20;

/** Columns of names, and what stands for the one that has none. */
const [NAME_COLUMNS, DEFAULT_NAME] = [20, "(default)"];

/** Only the place of the key file: a key that is made or imported does not come from elsewhere. */
const placeFlags = { identity: identityFlags.identity, dataDir: identityFlags.dataDir };
type PlaceFlags = OutputFlags & Pick<IdentityFlags, "identity" | "dataDir">;

const show = command({
  brief: "Show our public key",
  details: "Makes a key on first use and says so once. The secret key is never shown.",
  examples: [
    ["dmsg id", "The public key alone, for scripts"],
    ["dmsg id --json", '{"pk":"02…","origin":"file",…}'],
    ["dmsg id show --qr", "With a QR code to scan from another screen"],
  ],
  parameters: {
    flags: {
      ...outputFlags,
      ...identityFlags,
      qr: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Draw the public key as a QR code too",
      },
    },
    aliases: identityAliases,
  },
  async run(context: Context, flags: OutputFlags & IdentityFlags & { readonly qr: boolean }) {
    if (flags.qr && flags.json) throw usage("--qr and --json exclude each other", "Give one of them.");
    const { pair, origin, path, created } = await context.identity(await context.settings(flags));
    context.print.out("identity", { pk: pair.pk, origin, path, created });
    if (flags.qr) {
      const { renderUnicodeCompact } = await import("uqr");
      context.print.text(`${renderUnicodeCompact(pair.pk, { border: 2 })}\n`);
    }
    return Status.done;
  },
});

const create = command({
  brief: "Make a new identity",
  details: "Refuses when there is one: a key is never overwritten.",
  examples: [
    ["dmsg id create", "Make the default identity"],
    ["dmsg id create --identity work", "Make one with a name"],
  ],
  parameters: { flags: { ...outputFlags, ...placeFlags }, aliases: outputAliases },
  run: (context: Context, flags: PlaceFlags) => keep(context, flags, generateKeyPair(context.random).secret),
});

const importKey = command({
  brief: "Take over a secret key as our identity",
  details:
    "Reads 64 hex characters, or a visor configuration, from a file, from standard input, or from a hidden\n" +
    "prompt. A secret key is never an argument: everybody on the machine can read those.",
  examples: [
    ["dmsg id import", "Ask for the secret key without showing it"],
    ["dmsg id import skywire-config.json", "Take the key of a visor"],
    ["pass show dmsg | dmsg id import -", "From a pipe"],
  ],
  parameters: {
    flags: { ...outputFlags, ...placeFlags },
    aliases: outputAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parsePathOrPipe,
        optional: true,
        placeholder: "file",
        brief: "The file; - for standard input",
      }],
    },
  },
  async run(context: Context, flags: PlaceFlags, file?: string) {
    return await keep(context, flags, await readSecret(context, file));
  },
});

const exportKey = command({
  brief: "Write our secret key into a new file",
  details: "Only its owner can read the file (mode 0600). It must not exist yet.",
  examples: [
    ["dmsg id export backup.key", "Keep a copy of the key"],
    ["dmsg id export - | age -r … > key.age", "To standard output, here to be encrypted"],
  ],
  parameters: {
    flags: { ...outputFlags, ...identityFlags },
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
  async run(context: Context, flags: OutputFlags & IdentityFlags, file: string) {
    if (file === PIPE) checkPiped("A secret key is not for a terminal");
    const settings = await context.settings(flags);
    await requireIdentity(settings, context);
    const { pair } = await context.identity(settings);
    if (file === PIPE) {
      context.print.text(`${toHex(pair.secret)}\n`);
      return Status.done;
    }
    await checkParent(file);
    await createKeyFile(context.files, file, pair.secret);
    context.print.out("identityExported", { pk: pair.pk, path: file });
    return Status.done;
  },
});

const ls = command({
  brief: "Show all identities of this user",
  details:
    "Of the data directory: the default one and those with a name. Status 5: a key file can't be used.",
  examples: [["dmsg id ls", "Names and public keys"], [
    "dmsg id ls --json",
    '{"name":"work","pk":"02…","path":"…"} for each; the default one has no name',
  ]],
  parameters: { flags: { ...outputFlags, dataDir: identityFlags.dataDir }, aliases: outputAliases },
  async run(context: Context, flags: OutputFlags & Pick<IdentityFlags, "dataDir">) {
    const { dataDir } = await context.settings(flags);
    const all = await keptIdentities(context.files, dataDir);
    const usable = all.flatMap(({ name, path, pk }) => pk instanceof UserError ? [] : [{ name, pk, path }]);
    if (context.print.mode.json) {
      for (const { name, pk, path } of usable) {
        context.print.out("identity", { name, pk, origin: "file", path, created: false });
      }
    } else if (all.length === 0) context.print.none("noIdentities", { dataDir });
    else {
      context.print.text(
        await pairLines(usable.map(({ name, pk }) => [name ?? DEFAULT_NAME, pk]), NAME_COLUMNS),
      );
    }
    const [unusable] = all.flatMap(({ pk }) => pk instanceof UserError ? [pk] : []);
    if (unusable) throw unusable;
    return Status.done;
  },
});

async function keep(context: Context, flags: PlaceFlags, secret: Uint8Array): Promise<Status> {
  const { keyFile } = (await context.settings(flags)).identity;
  await createKeyFile(context.files, keyFile, secret);
  context.print.out("identity", { pk: keyPairOf(secret).pk, origin: "file", path: keyFile, created: true });
  return Status.done;
}

async function readSecret(context: Context, file: string | undefined): Promise<Uint8Array> {
  if (file === undefined && context.input.isTerminal) {
    return parseSecret(await context.input.readHidden("Secret key (not shown): "), "your answer", "usage");
  }
  if (file === undefined || file === PIPE) {
    return secretIn(await context.input.readAll(MAX_IMPORT_BYTES), "standard input");
  }
  if (/^[0-9a-fA-F]{60,70}$/.test(file)) {
    throw usage(
      "A secret key is never an argument",
      "Everybody on this machine can read it there; use a file or a pipe.",
    );
  }
  const bytes = await context.files.read(file, MAX_IMPORT_BYTES);
  if (bytes) return secretIn(bytes, file);
  throw new UserError(`There is no file ${file}`, { kind: "local", hint: "Check the path." });
}

function secretIn(bytes: Uint8Array, place: string): Uint8Array {
  const text = fromUtf8(bytes);
  return text.trimStart().startsWith("{")
    ? secretOfVisorConfig(text, place)
    : parseSecret(text, place, "local");
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });

/** `dmsg id` alone shows. */
export const bare = "show";

/** `dmsg id`. */
const id: RouteMap<Context> = commandGroup({
  brief: "Show, list, make, import or export our identity",
  examples: [
    ["dmsg id", "Show our public key; makes one at first"],
    ["dmsg id create --identity work", "Make another one"],
  ],
}, { show, ls, create, import: importKey, export: exportKey });

export default id;
