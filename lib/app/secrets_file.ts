/**
 * Where secrets are kept that are erased one day: in files beside the store. Each is written to another place and renamed:
 * nothing of what it had before stays in any file.
 *
 * @see lib/app/README.md "Pairs"; lib/pair/README.md "Secrets"; docs/d2.md "Pairs"
 * @module
 */
import type { Files } from "../sys/files/files.ts";
import { readOwnJson } from "../sys/files/kept_json.ts";
import { utf8 } from "../wire/bytes.ts";

/** Keeps secrets, all in one small file that is replaced whenever one goes. */
export interface SecretsFile {
  /** Undefined: there is none yet. */
  read(): Promise<Uint8Array | undefined>;
  /** Replaces it; nothing of what it had stays. */
  write(bytes: Uint8Array): Promise<void>;
}

/** In memory, for an app that keeps nothing else either. */
export function memorySecrets(): SecretsFile {
  let kept: Uint8Array | undefined;
  return {
    read: () => Promise.resolve(kept),
    write: (bytes) => Promise.resolve(void (kept = bytes)),
  };
}

/** Where those of pairs lie in an identity's directory. */
export const EPOCHS_FILE = "store/epochs";
/** Where those of D2 groups lie there. */
export const RATCHETS_FILE = "store/ratchets";
/** Some 100,000 secrets. */
const MAX_BYTES = 16 << 20;

/** In the file. What a damaged one still has whole is used. */
export const secretsFile = (files: Files, path: string): SecretsFile => ({
  async read() {
    const value = await readOwnJson(files, path, MAX_BYTES, 2);
    return value && utf8(JSON.stringify(value));
  },
  write: (bytes) => files.replacePrivate(path, bytes),
});
