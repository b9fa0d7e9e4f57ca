/**
 * How the epoch secrets of all pairs lie in their file.
 *
 * @see lib/pair/README.md "Secrets"
 * @module
 */
import { encodeSecrets, readSecrets } from "../../pair/secrets.ts";
import type { SecretsForm } from "../kept_secrets.ts";

/** By peer and generation. */
export const EPOCHS: SecretsForm = {
  encode: (all) =>
    encodeSecrets(all.map(({ name: peer, number: generation, secret }) => ({ peer, generation, secret }))),
  read: (bytes) =>
    readSecrets(bytes)?.map(({ peer: name, generation: number, secret }) => ({ name, number, secret })),
};
