/**
 * Secrets that are erased one day, of all pairs or of all D2 groups, in the one file that has them: one write after the
 * other.
 *
 * @see lib/pair/README.md "Secrets"
 * @module
 */
import { Turns } from "../wire/turns.ts";
import type { SecretsFile } from "./secrets_file.ts";
import type { NamedSecret, SecretsForm } from "./secrets_form.ts";

/** Secrets by generation or by the time of their announcement, 32 bytes each. */
export type Secrets = ReadonlyMap<bigint, Uint8Array>;

/** See the module. */
export class KeptSecrets {
  readonly #file: SecretsFile;
  readonly #form: SecretsForm;
  readonly #all = new Map<string, Secrets>();
  #loading: Promise<void> | undefined;
  readonly #writing = new Turns();

  /** Nothing is read yet. */
  constructor(file: SecretsFile, form: SecretsForm) {
    [this.#file, this.#form] = [file, form];
  }

  /** Reads the file, once. @throws {UserError} local: it can't be read; the next call tries it again. */
  load(): Promise<void> {
    return this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
  }

  async #load(): Promise<void> {
    const bytes = await this.#file.read();
    for (const { name, number, secret } of (bytes && this.#form.read(bytes)) ?? []) {
      this.#all.set(name, new Map([...this.of(name), [number, secret]]));
    }
  }

  /** Those of one name, once the file is read. */
  of(name: string): Secrets {
    return this.#all.get(name) ?? new Map();
  }

  /** Keeps those of a name and no others of it. @throws What the file throws. */
  keep(name: string, secrets: Secrets): Promise<void> {
    return this.#writing.run(async () => {
      await this.load();
      if (secrets.size === 0 && !this.#all.has(name)) return;
      this.#all.set(name, secrets);
      await this.#file.write(
        this.#form.encode(
          [...this.#all].flatMap(([name, of]) =>
            [...of].map(([number, secret]): NamedSecret => ({ name, number, secret }))
          ),
        ),
      );
      if (secrets.size === 0) this.#all.delete(name);
    });
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#writing.idle();
  }
}
