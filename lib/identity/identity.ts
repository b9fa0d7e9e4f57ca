/**
 * Who we are: the first of the flag, a visor configuration, two variables and the key file that is there.
 *
 * @see specification skychat (e) "Identity order"; lib/identity/README.md "Order"
 * @module
 */
import { type KeyPair, keyPairOf, type PublicKeyHex } from "../crypto/keys.ts";
import type { Files } from "../sys/files/files.ts";
import { join } from "../sys/paths.ts";
import type { Random } from "../sys/random.ts";
import { fromUtf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { openKeyFile, readKeyFile } from "./key_file.ts";
import { parseSecret } from "./secret.ts";
import { secretOfVisorConfig } from "./visor_config.ts";

/** Longest visor configuration: real ones are below 20 KiB. */
const MAX_CONFIG_BYTES = 1 << 20;

/** Where a key came from. */
export type IdentityOrigin = "flag" | "config" | "env" | "file";

/** Every place that names a key, as settings found them; texts are not parsed yet. */
export interface IdentitySource {
  /** The value of `--sk`. */
  readonly flagSecret?: string;
  /** The path after `-c`: a visor configuration. */
  readonly visorConfig?: string;
  /** The first variable that is set, with its name. */
  readonly envSecret?: { readonly name: string; readonly text: string };
  /** The key file, used when nothing above is there, made when it is missing. */
  readonly keyFile: string;
}

/** Our key pair and how we came by it. */
export interface Identity {
  /** The key pair. */
  readonly pair: KeyPair;
  /** Which place named it. */
  readonly origin: IdentityOrigin;
  /** Whether its key file was made just now. */
  readonly created: boolean;
  /** The file that holds it; undefined for a flag or a variable. */
  readonly path?: string;
}

/** What settings say of the key and where key files lie. */
export interface IdentityPlace {
  /** Every place that names a key. */
  readonly identity: IdentitySource;
  /** Named identities are in `identities/<name>` of it. */
  readonly dataDir: string;
  /** The name that was given; undefined for the default identity. */
  readonly identityName?: string;
}

/** The key file that a command needs is not there. */
export class NoIdentity extends UserError {}

/**
 * Finds our key pair; makes the key file on first use.
 * @param settings  What `resolveSettings` returned.
 * @throws {UserError} usage: a flag or variable holds no key · local: a file does not, or is open to others.
 * The first place that is set counts: an invalid value there is an error, not a reason to go on to the next.
 */
export async function resolveIdentity(
  settings: Pick<IdentityPlace, "identity">,
  host: { readonly files: Files; readonly random: Random },
): Promise<Identity> {
  const { flagSecret, visorConfig, envSecret, keyFile } = settings.identity;
  if (flagSecret !== undefined) return given(parseSecret(flagSecret, "--sk", "usage"), "flag");
  if (visorConfig !== undefined) {
    const secret = secretOfVisorConfig(await readConfig(host.files, visorConfig), visorConfig);
    return { ...given(secret, "config"), path: visorConfig };
  }
  if (envSecret !== undefined) {
    return given(parseSecret(envSecret.text, `the variable ${envSecret.name}`, "usage"), "env");
  }
  return { ...await openKeyFile(host.files, host.random, keyFile), origin: "file", path: keyFile };
}

/**
 * Says no when the key file is to be used and is not there.
 * @param settings  What `resolveSettings` returned.
 * @throws {NoIdentity} usage: there is no identity of the name that was given; says which may be meant · local: there
 *   is no default one yet.
 */
export async function requireIdentity(
  settings: IdentityPlace,
  { files }: { readonly files: Files },
): Promise<void> {
  const { identity, identityName: name, dataDir } = settings;
  if (!isOwnFile(identity) || await files.info(identity.keyFile) !== undefined) return;
  if (name === undefined) {
    throw new NoIdentity(`There is no identity in ${dataDir} yet`, {
      kind: "local",
      hint:
        "`dmsg id` makes one, `dmsg id import` brings one; --identity NAME and --data-dir DIR name others.",
    });
  }
  throw new NoIdentity(`There is no identity called "${name}" in ${dataDir}`, {
    kind: "usage",
    hint: await meantIdentity(settings, { files }) ?? `\`dmsg id create --identity ${name}\` makes it.`,
  });
}

/** Names of other identities that somebody may have meant, such as `Did you mean alice?`; undefined: none is like it. */
export async function meantIdentity(
  { identityName: name, dataDir }: Pick<IdentityPlace, "identityName" | "dataDir">,
  { files }: { readonly files: Files },
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const { didYouMean } = await import("./nearest.ts");
  return didYouMean(name, (await identityNames(files, dataDir)).filter((other) => other !== name));
}

/** Whether the key is the one of our own file. */
export const isOwnFile = ({ flagSecret, visorConfig, envSecret }: IdentitySource): boolean =>
  flagSecret === undefined && visorConfig === undefined && envSecret === undefined;

/**
 * Where a key of ours lies, for one that came from elsewhere: the program that runs for it is ours then, and its
 * messages are those of that identity.
 * @returns The directory of the default or of a named identity; undefined when none has this key.
 */
export async function directoryOfKey(
  { dataDir }: Pick<IdentityPlace, "dataDir">,
  { files }: { readonly files: Files },
  pk: PublicKeyHex,
): Promise<string | undefined> {
  const named = (await identityNames(files, dataDir)).map((name) => join(dataDir, "identities", name));
  for (const directory of [dataDir, ...named]) {
    const pair = await readKeyFile(files, join(directory, "identity.key")).catch(() => undefined);
    if (pair?.pk === pk) return directory;
  }
  return undefined;
}

/** An identity that lies in a data directory. */
export interface KeptIdentity {
  /** Its name; undefined for the default one. */
  readonly name?: string;
  /** Its key file. */
  readonly path: string;
  /** Its public key, or why its file can't be used. */
  readonly pk: PublicKeyHex | UserError;
}

/** All identities of a data directory, the default one first, the others by name. */
export async function keptIdentities(files: Files, dataDir: string): Promise<KeptIdentity[]> {
  const names = (await identityNames(files, dataDir)).sort();
  const found: KeptIdentity[] = [];
  for (const name of [undefined, ...names]) {
    const path = join(name === undefined ? dataDir : join(dataDir, "identities", name), "identity.key");
    const pk = await readKeyFile(files, path).then((pair) => pair?.pk, (error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
    if (pk !== undefined) found.push({ ...(name === undefined ? {} : { name }), path, pk });
  }
  return found;
}

/** The names that have a key. */
async function identityNames(files: Files, dataDir: string): Promise<string[]> {
  const directory = join(dataDir, "identities");
  const names: string[] = [];
  for (const name of await files.list(directory)) {
    if (await files.info(join(directory, name, "identity.key"))) names.push(name);
  }
  return names;
}

const given = (secret: Uint8Array, origin: IdentityOrigin): Identity => ({
  pair: keyPairOf(secret),
  origin,
  created: false,
});

async function readConfig(files: Files, path: string): Promise<string> {
  const bytes = await files.read(path, MAX_CONFIG_BYTES);
  if (bytes) return fromUtf8(bytes);
  throw new UserError(`There is no visor configuration at ${path}`, {
    kind: "local",
    // As ping(8) has it.
    hint: /^\d+$/.test(path)
      ? "-c names a visor's configuration file; how many times `ping` asks is -n."
      : "Check the path after -c.",
  });
}
