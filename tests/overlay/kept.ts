/** Pages in memory, and conversations for engines. */
import { type EngineHead, OverlayEngine } from "../../lib/overlay/engine.ts";
import type { Kept } from "../../lib/overlay/entry.ts";
import { encodeOverlay } from "../../lib/overlay/frame.ts";
import { keyOf, nameOfTwo, type Scope } from "../../lib/overlay/names.ts";
import type { PageWrite } from "../../lib/overlay/pages.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";

export const SALT = new Uint8Array(16).fill(7);
export const PEOPLE = ["a", "b", "c", "d", "e"].map((name) => `02${name.repeat(64)}`);

/** A store of pages that counts reads. */
export class KeptPages {
  readonly pages = new Map<string, Uint8Array>();
  reads = 0;

  readonly read = (name: string): Promise<Uint8Array | undefined> => {
    this.reads++;
    return Promise.resolve(this.pages.get(name));
  };

  write(writes: readonly PageWrite[]): void {
    for (const { name, value } of writes) {
      if (value === undefined) this.pages.delete(name);
      else this.pages.set(name, value);
    }
  }

  /** All of it as one text, or the pages whose names fit. */
  text(names: RegExp = /^/): string {
    return [...this.pages].filter(([name]) => names.test(name))
      .map(([name, value]) => `${name} ${fromUtf8(value)}`).sort().join("\n");
  }
}

/** A log and the engine that reads it. */
export class Conversation {
  readonly kept = new KeptPages();
  readonly log = new Map<number, Kept>();
  engine: OverlayEngine;

  constructor(readonly scope: Scope, readonly me = PEOPLE[0]) {
    this.engine = this.open();
  }

  open(head?: EngineHead): OverlayEngine {
    const log = (position: number): Promise<Kept | undefined> => Promise.resolve(this.log.get(position));
    return this.engine = new OverlayEngine({
      scope: this.scope,
      salt: SALT,
      read: this.kept.read,
      log,
      ...(head && { head }),
    });
  }

  async set(position: number, kept: Kept | undefined): Promise<void> {
    if (kept === undefined) this.log.delete(position);
    else this.log.set(position, { ...kept, position, own: kept.author === this.me });
    await this.engine.set(position, this.log.get(position));
  }

  /** Writes everything down and opens another engine on it. */
  async reopen(): Promise<OverlayEngine> {
    await this.engine.settle();
    this.kept.write(this.engine.take());
    return this.open(this.engine.head);
  }

  /** What an engine has kept that took the same log in order. */
  async rebuilt(): Promise<string> {
    const again = new Conversation(this.scope, this.me);
    again.engine.tick(this.engine.nowMs);
    for (const [position, kept] of [...this.log].sort(([a], [b]) => a - b)) await again.set(position, kept);
    await again.engine.thin(await this.engine.interval());
    await again.reopen();
    return JSON.stringify(again.engine.head) + again.kept.text();
  }

  async text(): Promise<string> {
    await this.reopen();
    return JSON.stringify(this.engine.head) + this.kept.text();
  }

  /** Pages of trees that know no positions: these are the same at every member. */
  async shared(): Promise<string> {
    await this.reopen();
    return this.kept.text(/^(?:list|poll|dash)[\d/]/);
  }
}

/** A message of an overlay. */
export function said(
  author: string,
  { o, d, p, s, extra = {} }: {
    o: number;
    d: unknown;
    p?: string;
    s: number;
    extra?: Record<string, unknown>;
  },
  signature?: string,
): Kept {
  const data = typeof d === "string" ? d : JSON.stringify(d);
  const parent = p === undefined ? {} : { parent: p };
  const body = encodeOverlay({ overlay: o, data, fallback: `about ${s}`, extra: { s, ...extra }, ...parent });
  return {
    position: 0,
    author,
    own: false,
    body,
    atMs: s,
    ...(signature === undefined ? {} : { signature }),
  };
}

/** What names a message. */
export const nameOf = ({ author, body, signature, id }: Kept): string =>
  signature ?? nameOfTwo(author, body, id);

/** Its key. */
export const keyFor = (kept: Kept): string =>
  keyOf(kept.signature === undefined ? "person" : "group", nameOf(kept))!;
