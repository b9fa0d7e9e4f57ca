/**
 * Many small things that are written together, one write while the next is gathered.
 *
 * @module
 */
import { CHUNK_BYTES, type Flow } from "../body.ts";
import type { Wire } from "../wire.ts";
import { type Control, frameInto, frameOf } from "./frames.ts";

/** What waits for more to come waits no longer: the other side would wait, too. */
const HELD_MS = 200;

/** Gathers bytes; what it holds is written when there is enough, or after a moment. */
export class Gathered {
  readonly #wire: Wire;
  readonly #allow: Flow["allow"];
  #buffer: Uint8Array = new Uint8Array(CHUNK_BYTES);
  #other: Uint8Array | undefined;
  #at = 0;
  #sinceMs = 0;
  #written: Promise<void> = Promise.resolve();

  /** Holds nothing. @param allow  Writes at this rate. */
  constructor(wire: Wire, allow?: Flow["allow"]) {
    this.#wire = wire;
    this.#allow = allow;
  }

  /** Takes bytes, which are copied. @returns A promise when others are to leave first. @throws As {@link Wire.write}. */
  put(bytes: Uint8Array): Promise<void> | undefined {
    const nowMs = this.#wire.clock.nowMs();
    if (this.#at === 0) this.#sinceMs = nowMs;
    const fits = this.#at + bytes.length <= this.#buffer.length && nowMs - this.#sinceMs < HELD_MS;
    if (!fits) return this.#spill(bytes);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
    return undefined;
  }

  /** Takes a control frame. @returns As {@link Gathered.put}. */
  control(control: Control): Promise<void> | undefined {
    if (this.#at === 0) this.#sinceMs = this.#wire.clock.nowMs();
    const end = frameInto(control, this.#buffer, this.#at);
    if (end === undefined) return this.put(frameOf(control));
    this.#at = end;
    return undefined;
  }

  /** Writes all that is held. @returns When it has left. */
  async flush(): Promise<void> {
    await this.leave();
    await this.#written;
  }

  /** Begins to write what is held. @returns When what left before has left: more can be gathered. */
  async leave(): Promise<void> {
    await this.#written;
    if (this.#at === 0) return;
    const [full, count] = [this.#buffer, this.#at];
    this.#buffer = this.#other ?? new Uint8Array(CHUNK_BYTES);
    this.#other = full;
    this.#at = 0;
    this.#sinceMs = this.#wire.clock.nowMs();
    this.#written = this.#paced(full.subarray(0, count));
    this.#written.catch(() => {}); // thrown by the next one
  }

  async #spill(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const count = Math.min(bytes.length - from, this.#buffer.length - this.#at);
      this.#buffer.set(bytes.subarray(from, from + count), this.#at);
      this.#at += count;
      from += count;
      if (from < bytes.length || this.#at === this.#buffer.length) await this.leave();
    }
    if (this.#wire.clock.nowMs() - this.#sinceMs >= HELD_MS) await this.leave();
  }

  async #paced(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const count = await this.#allow?.(bytes.length - at) ?? bytes.length - at;
      await this.#wire.write(bytes.subarray(at, at + count));
      at += count;
    }
  }
}
