/**
 * Where epoch secrets are kept: in a file beside the store. It is written to another place and renamed: nothing of what
 * it had before stays in any file.
 *
 * @see lib/app/README.md "Pairs"; lib/pair/README.md "Secrets"
 * @module
 */
import type { Files } from "../../sys/files.ts";
import { readOwnJson } from "../../sys/kept_json.ts";
import { utf8 } from "../../wire/bytes.ts";

/** Keeps epoch secrets, all in one small file that is replaced whenever one goes. */
export interface PairSecrets {
  /** Undefined: there is none yet. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces it; nothing of what it had stays. */
  write(bytes: Uint8Array): Promise<void>;
}

/** In memory, for an app that keeps nothing else either. */
export function memorySecrets(): PairSecrets {
  let kept: Uint8Array | undefined;
  return {
    read: () => Promise.resolve(kept),
    write: (bytes) => Promise.resolve(void (kept = bytes)),
  };
}

/** Where it lies in an identity's directory. */
export const SECRETS_FILE = "store/epochs";
/** Some 100,000 secrets. */
const MAX_BYTES = 16 << 20;

/** In the file. What a damaged one still has whole is used. */
export const secretsFile = (files: Files, path: string): PairSecrets => ({
  async read() {
    const value = await readOwnJson(files, path, MAX_BYTES, 2);
    return value && utf8(JSON.stringify(value));
  },
  write: (bytes) => files.replacePrivate(path, bytes),
});
