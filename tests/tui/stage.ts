/** The UI without a terminal: keys in, pictures out, and an App of plain lists that answers at once. */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { type Frame, rowText } from "../../tui/drawing/screen.ts";
import { view } from "../../tui/drawing/view.ts";
import { pageFor } from "../../tui/effects/pages.ts";
import { idOf, keyOf, newModel } from "../../tui/state/model.ts";
import type { ConversationId, Effect, Model, Msg } from "../../tui/state/types.ts";
import { update } from "../../tui/steps/update.ts";
import { InputReader } from "../../tui/terminal/input.ts";

/** People of the tests: keys as they look. */
export const OWN = `02${"ab".repeat(32)}`;
export const ALICE = `02${"a1".repeat(32)}`;
export const BOB = `03${"b0".repeat(32)}`;
export const CAROL = `02${"ca".repeat(32)}`;

/** Friday, 2026-11-27, 14:00 UTC. */
export const NOON_MS = Date.parse("2026-11-27T14:00:00Z");

/** A message without its place. */
export type Said = Partial<MessageView> & { readonly text: string };

/** The stage. */
export class Stage {
  model: Model;
  nowMs = NOON_MS;
  /** What was to be done, by kind, for tests to look at. */
  readonly done: Effect[] = [];
  readonly stored = new Map<string, MessageView[]>();
  readonly readTo = new Map<string, number>();
  /** With whom we are paired. */
  readonly paired = new Set<string>();
  /** Effects of these kinds are not answered. */
  readonly held = new Set<Effect["kind"]>();
  /** Sees every step. */
  onStep?: (before: Model, msg: Msg, after: Model) => void;
  readonly #reader = new InputReader();
  #cursor = 0;

  constructor(columns = 80, rows = 24, more: Partial<Model> = {}) {
    this.model = newModel(OWN, { columns, rows }, { nowMs: this.nowMs, ...more });
  }

  /** Gives people names and the network a state, and reads everything, as a start does. */
  begin(names: Record<string, string> = { alice: ALICE, bob: BOB }): void {
    this.tell({ kind: "names", names: new Map(Object.entries(names).map(([name, key]) => [key, name])) });
    this.tell({
      kind: "event",
      event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "network", name: "registered", detail: {} },
    });
    this.#conversations();
  }

  /** Something was kept before the UI began. */
  keep(peer: string, ...all: Said[]): void {
    for (const one of all) this.#keep(peer, one);
  }

  /** A message comes, or one of ours is kept. */
  receive(peer: string, said: Said): void {
    const message = this.#keep(peer, said);
    this.tell({ kind: "event", event: { cursor: ++this.#cursor, ts: message.ts, kind: "message", message } });
  }

  /** A message has another state. */
  state(peer: string, position: number, state: MessageView["state"], reason?: string): void {
    const list = this.stored.get(peer)!;
    list[position - 1] = { ...list[position - 1], state, reason };
    this.tell({
      kind: "event",
      event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "state", peer, position, state, reason },
    });
  }

  /** A message is taken back, or hidden. */
  deleted(peer: string, position: number): void {
    const list = this.stored.get(peer)!;
    list[position - 1] = { ...list[position - 1], state: "deleted", text: "" };
    this.tell({
      kind: "event",
      event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "deleted", peer, position },
    });
  }

  /** A pair is agreed. */
  pair(peer: string): void {
    this.paired.add(peer);
    if (!this.stored.has(peer)) this.stored.set(peer, []);
    const detail = { event: "accepted", peer };
    this.tell({
      kind: "event",
      event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "network", name: "pair-invite", detail },
    });
  }

  /** The network has a fault. */
  problem(error: string, retryMs: number): void {
    const detail = { error, retryMs };
    this.tell({
      kind: "event",
      event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "network", name: "problem", detail },
    });
  }

  /** Bytes of a terminal. */
  type(text: string): void {
    const events = this.#reader.feed(utf8(text), this.nowMs);
    for (
      const event of [...events, ...(this.#reader.waitMs === undefined ? [] : this.#reader.flush(this.nowMs))]
    ) {
      if (event.kind !== "background" && event.kind !== "attributes") this.tell(event);
      this.nowMs += 100;
    }
  }

  resize(columns: number, rows: number): void {
    this.tell({ kind: "resize", columns, rows });
  }

  /** A picture. */
  get frame(): Frame {
    return view(this.model);
  }

  /** The picture as text. */
  get screen(): string[] {
    const rows = this.frame.rows.map((row) => rowText(row).trimEnd());
    return rows.length > this.model.size.rows ? [...rows, "TOO MANY ROWS"] : rows;
  }

  /** One step, and the answers to what it wants. */
  tell(msg: Msg extends infer M ? M extends Msg ? Omit<M, "nowMs"> : never : never): void {
    const before = this.model;
    const full = { ...msg, nowMs: this.nowMs } as Msg;
    const [model, effects] = update(before, full);
    this.model = model;
    this.onStep?.(before, full, model);
    for (const effect of effects) {
      this.done.push(effect);
      if (!this.held.has(effect.kind)) this.answer(effect);
    }
  }

  /** Does what an effect asks for. */
  answer(effect: Effect): void {
    switch (effect.kind) {
      case "page":
        return this.#page(effect);
      case "conversations":
        return this.#conversations();
      case "previews":
        for (const id of effect.ids) {
          this.tell({ kind: "preview", id, message: this.stored.get(keyOf(id))?.at(-1) });
        }
        return;
      case "send": {
        const peer = keyOf(effect.id);
        this.receive(peer, { text: effect.text, outgoing: true, state: "pending", replyTo: effect.replyTo });
        return this.tell({ kind: "sent", id: effect.id, local: effect.local });
      }
      case "read": {
        const peer = keyOf(effect.id);
        this.readTo.set(peer, Math.min(effect.position, this.stored.get(peer)?.length ?? 0));
        return this.tell({
          kind: "event",
          event: {
            cursor: ++this.#cursor,
            ts: this.#ts(),
            kind: "read",
            peer,
            position: this.readTo.get(peer)!,
          },
        });
      }
      case "unread": {
        const list = this.stored.get(keyOf(effect.id)) ?? [];
        let left = effect.count;
        const position = list.findLast(({ outgoing }) => !outgoing && --left === 0)?.position;
        return this.#page({ kind: "page", id: effect.id, where: "unread", position });
      }
      case "date": {
        const list = this.stored.get(keyOf(effect.id)) ?? [];
        const position = list.find(({ ts }) => Date.parse(ts) >= effect.ms)?.position;
        return this.#page({ kind: "page", id: effect.id, where: "around", position });
      }
      case "search": {
        const all = effect.id === undefined
          ? [...this.stored.values()].flat()
          : this.stored.get(keyOf(effect.id)) ?? [];
        const messages = all.filter(({ text }) => text.includes(effect.text)).toReversed();
        return this.tell({ kind: "found", text: effect.text, id: effect.id, messages });
      }
      case "alias": {
        const names = new Map(this.model.names);
        names.delete(effect.peer);
        if (effect.name !== undefined) names.set(effect.peer, effect.name);
        return this.tell({ kind: "names", names });
      }
      case "outbox":
        return this.tell({ kind: "outbox", queued: [] });
      case "remove": {
        const peer = keyOf(effect.id);
        this.tell({
          kind: "event",
          event: { cursor: ++this.#cursor, ts: this.#ts(), kind: "deleted", peer, position: effect.position },
        });
        return;
      }
    }
  }

  #keep(peer: string, { text, ...more }: Said): MessageView {
    const list = this.stored.get(peer) ?? [];
    this.stored.set(peer, list);
    const position = list.length + 1;
    const outgoing = more.outgoing ?? false;
    const message: MessageView = {
      peer,
      position,
      outgoing,
      id: `${position}`.padStart(16, "0"),
      text,
      ts: this.#ts(),
      state: "received",
      via: "dmsg",
      ...more,
    };
    list.push(message);
    return message;
  }

  #conversations(): void {
    const conversations = [...this.stored].map(([peer, list]) => {
      const readTo = this.readTo.get(peer) ?? 0;
      const lines = list.filter(({ silent }) => !silent);
      const unread = lines.filter(({ outgoing, position }) => !outgoing && position > readTo).length;
      const lastTs = list.at(-1)?.ts ?? this.#ts();
      return { peer, lastTs, unread, last: list.length, readTo, paired: this.paired.has(peer) };
    });
    this.tell({ kind: "conversations", conversations });
  }

  #page({ id, where, position }: Extract<Effect, { kind: "page" }>): void {
    const list = this.stored.get(keyOf(id)) ?? [];
    const last = list.length;
    const page = pageFor(this.model.size.rows);
    const [from, to] = {
      newest: [last - page, last],
      older: [position! - 1 - page, position! - 1],
      newer: [position!, position! + page],
      around: [position! - 1 - page / 2, position! + page / 2],
      unread: [position! - 1 - page / 2, position! + page / 2],
    }[where];
    const messages = list.slice(Math.max(0, from), Math.max(0, to));
    const ended = { start: from <= 0, end: to >= last };
    this.tell({
      kind: "page",
      id,
      where,
      messages,
      ended,
      ...(where === "around" || where === "unread" ? { position } : {}),
    });
  }

  #ts(): string {
    return new Date(this.nowMs).toISOString();
  }
}

/** The conversation with a person. */
export const withPerson = (peer: string): ConversationId => idOf(peer);

/** Minutes in milliseconds. */
export const minutes = (count: number): number => count * 60_000;
