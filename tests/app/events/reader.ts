/**
 * A reader of events that goes on from a cursor and keeps what it knows of messages.
 *
 * @module
 */
import { ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";

/** What a reader knows of a message. */
export interface Row {
  readonly text: string;
  readonly state: string;
  readonly outgoing: boolean;
  readonly silent: boolean;
}
/** What it knows, by conversation. */
export type Known = Map<string, { readonly rows: Map<number, Row>; readTo: number }>;

const copyOf = (known: Known): Known =>
  new Map([...known].map(([peer, { rows, readTo }]) => [peer, { rows: new Map(rows), readTo }]));

/** A reader of events. */
export class Reader {
  /** What it knows. */
  known: Known = new Map();
  /** Up to where it has read. */
  cursor = 0;
  #kept = { known: this.known, cursor: 0 };

  /** It writes down where it stands. */
  keep(): void {
    this.#kept = { known: copyOf(this.known), cursor: this.cursor };
  }

  /** It begins again from what it has written down. */
  again(): void {
    this.known = copyOf(this.#kept.known);
    this.cursor = this.#kept.cursor;
  }

  /** Reads all that there is. */
  async read(app: LocalApp): Promise<void> {
    const last = await app.events.cursor() ?? 0;
    if (last <= this.cursor) return strictEqual(this.cursor, last, "the cursor is none of these events");
    const over = new AbortController();
    let before = this.cursor;
    for await (const event of app.events.follow(this.cursor, over.signal)) {
      ok(event.cursor > before, `${event.cursor} behind ${before}`);
      before = this.cursor = event.cursor;
      strictEqual(event.kind === "lost", false, "events are missing");
      const of = (peer: string) => {
        const known = this.known.get(peer) ?? { rows: new Map<number, Row>(), readTo: 0 };
        this.known.set(peer, known);
        return known;
      };
      if (event.kind === "message") {
        const { peer, position } = event.message;
        of(peer).rows.set(position, rowOf(event.message));
      } else if (event.kind === "state") {
        const row = of(event.peer).rows.get(event.position);
        if (row !== undefined) of(event.peer).rows.set(event.position, { ...row, state: event.state });
      } else if (event.kind === "deleted") {
        const row = of(event.peer).rows.get(event.position);
        if (row !== undefined) {
          of(event.peer).rows.set(event.position, { ...row, text: "", state: "deleted" });
        }
      } else if (event.kind === "read") {
        of(event.peer).readTo = Math.max(of(event.peer).readTo, event.position);
      } else if (event.kind === "forgotten") this.known.delete(event.peer);
      if (event.cursor >= last) break;
    }
    over.abort();
  }
}

const rowOf = ({ text, state, outgoing, silent = false }: MessageView): Row => ({
  text,
  state,
  outgoing,
  silent,
});
