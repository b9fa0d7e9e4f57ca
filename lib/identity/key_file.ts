/**
 * The key file: 64 hex characters and a newline, readable by its owner only.
 *
 * @see lib/identity/README.md "Key file"
 * @module
 */
import { generateKeyPair, type KeyPair, keyPairOf } from "../crypto/keys.ts";
import { type Files, isGarbage } from "../sys/files/files.ts";
import type { Random } from "../sys/random.ts";
import { fromUtf8, toHex, utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { isBlank } from "../wire/whole_json.ts";
import { parseSecret } from "./secret.ts";

/** Longest key file: the key, with room for what a crash or an editor added. */
const MAX_BYTES = 64 * 1024;

/** A key pair and whether its file was made just now. */
export interface KeyFileResult {
  /** The key pair in the file. */
  readonly pair: KeyPair;
  /** Whether this call made the file. */
  readonly created: boolean;
}

/**
 * Reads a key file.
 * @returns The pair, or undefined when there is no file.
 * @throws {UserError} local: others can read it, it is no file, or it holds no key.
 */
export async function readKeyFile(files: Files, path: string): Promise<KeyPair | undefined> {
  const info = await files.info(path);
  if (info === undefined) return undefined;
  if (!info.isFile) {
    throw local(`The key file ${path} is not a file`, "Move it away, or choose another --data-dir.");
  }
  if (info.mode !== null && (info.mode & 0o077) !== 0) {
    const mode = info.mode.toString(8).padStart(4, "0");
    throw local(`The key file ${path} is open to others (mode ${mode})`, `Run: chmod 600 ${path}`);
  }
  const bytes = await files.read(path, MAX_BYTES);
  return bytes && keyPairOf(await secretIn(files, path, bytes));
}

/** The key of the first line; what stands behind that is set aside. */
async function secretIn(files: Files, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  const place = `the key file ${path}`;
  const end = bytes.indexOf(0x0a) + 1;
  const rest = bytes.subarray(end);
  if (end === 0 || isBlank(rest) || isBlank(bytes.subarray(0, end))) {
    return parseSecret(fromUtf8(bytes), place, "local");
  }
  const secret = parseSecret(fromUtf8(bytes.subarray(0, end)), place, "local");
  if (isGarbage(rest)) await files.setAside(path, rest, end);
  return secret;
}

/**
 * Reads a key file, or makes one. Of several processes that do this at once, one makes the key and all get it.
 * @throws {UserError} As {@link readKeyFile}; local: it can't be written.
 */
export async function openKeyFile(files: Files, random: Random, path: string): Promise<KeyFileResult> {
  const found = await readKeyFile(files, path);
  if (found) return { pair: found, created: false };
  const fresh = generateKeyPair(random);
  if (await files.createPrivate(path, content(fresh.secret))) return { pair: fresh, created: true };
  const winner = await readKeyFile(files, path);
  if (!winner) {
    throw local(
      `There is no key behind ${path}: it is a link to nothing, or was removed just now`,
      "See where it points, or try again.",
    );
  }
  return { pair: winner, created: false };
}

/**
 * Writes a key into a new file; never over an old one.
 * @param secret  32 bytes.
 * @throws {UserError} local: a file is there, or it can't be written.
 */
export async function createKeyFile(files: Files, path: string, secret: Uint8Array): Promise<void> {
  if (await files.createPrivate(path, content(secret))) return;
  throw local(
    `${path} exists; a key is never overwritten`,
    "Move that file away first, or choose another place.",
  );
}

const content = (secret: Uint8Array): Uint8Array => utf8(`${toHex(secret)}\n`);

const local = (message: string, hint: string): UserError => new UserError(message, { kind: "local", hint });
