/**
 * Epoch secrets of all pairs, in the one file that has them: one write after the other.
 *
 * @see lib/pair/README.md "Secrets"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { encodeSecrets, type EpochSecret, readSecrets } from "../../pair/secrets.ts";
import type { PairSecrets } from "./secrets.ts";

/** Secrets by generation, 32 bytes each. */
export type Secrets = ReadonlyMap<bigint, Uint8Array>;

/** See the module. */
export class KeptSecrets {
  readonly #file: PairSecrets;
  readonly #all = new Map<PublicKeyHex, Secrets>();
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: PairSecrets) {
    this.#file = file;
  }

  /** Reads the file. @throws {UserError} local: it can't be read. */
  static async open(file: PairSecrets): Promise<KeptSecrets> {
    const kept = new KeptSecrets(file);
    const bytes = await file.read();
    for (const { peer, generation, secret } of (bytes && readSecrets(bytes)) ?? []) {
      kept.#all.set(peer, new Map([...kept.of(peer), [generation, secret]]));
    }
    return kept;
  }

  /** Those with a peer. */
  of(peer: PublicKeyHex): Secrets {
    return this.#all.get(peer) ?? new Map();
  }

  /** Keeps those with a peer and no others with it. @throws What the file throws. */
  keep(peer: PublicKeyHex, secrets: Secrets): Promise<void> {
    const write = this.#writing.then(async () => {
      this.#all.set(peer, secrets);
      const all = [...this.#all].flatMap(([peer, of]) =>
        [...of].map(([generation, secret]): EpochSecret => ({ peer, generation, secret }))
      );
      await this.#file.write(encodeSecrets(all));
    });
    this.#writing = write.catch(() => {});
    return write;
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#writing;
  }
}
