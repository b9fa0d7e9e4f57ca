/**
 * The file beside the store that holds epoch secrets. It is written to another place and renamed: nothing of what it had
 * before stays in any file.
 *
 * @see lib/app/README.md "Pairs"; lib/pair/README.md "Secrets"
 * @module
 */
import type { Files } from "../../sys/files.ts";
import type { PairSecrets } from "./kept_pairs.ts";

/** Where it lies in an identity's directory. */
export const SECRETS_FILE = "store/epochs";
/** Some 100,000 secrets. */
const MAX_BYTES = 16 << 20;

/** The file. */
export const secretsFile = (files: Files, path: string): PairSecrets => ({
  read: () => files.read(path, MAX_BYTES),
  write: (bytes) => files.replacePrivate(path, bytes),
});
