/**
 * What a row says: as a value, as bytes, or as both. Most of what is planned is changed again before it is written (a
 * conversation after each of its messages, a row that becomes part of a page), so bytes are made only when somebody
 * wants them.
 *
 * @module
 */

/** A row's content. Neither its value nor its bytes may be changed. */
export class Content {
  /** Its bytes, at most: what a plan counts with. */
  readonly size: number;
  #bytes: Uint8Array | undefined;
  #value: unknown;
  readonly #encode: ((value: never) => Uint8Array) | undefined;

  private constructor(size: number, bytes?: Uint8Array, value?: unknown, encode?: (v: never) => Uint8Array) {
    this.size = size;
    this.#bytes = bytes;
    this.#value = value;
    this.#encode = encode;
  }

  /** Bytes as they lie. */
  static of(bytes: Uint8Array): Content {
    return new Content(bytes.length, bytes);
  }

  /**
   * A value that is encoded later, if ever.
   * @param size  Bytes of it, at most.
   */
  static later<T>(value: T, size: number, encode: (value: T) => Uint8Array): Content {
    return new Content(size, undefined, value, encode);
  }

  /** Its bytes. */
  get bytes(): Uint8Array {
    return this.#bytes ??= this.#encode!(this.#value as never);
  }

  /** Its value; what `decode` gives is remembered, so one content is always read in one way. */
  as<T>(decode: (bytes: Uint8Array) => T): T {
    return (this.#value ??= decode(this.#bytes!)) as T;
  }
}
