/**
 * What a conversation takes of a bot, and how we keep to it: of a widget one value an interval goes; what comes sooner
 * waits, and a later one takes its place.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import { encodeOverlay } from "../../overlay/frame.ts";
import { unlessAborted } from "../../sys/abort.ts";
import type { Clock } from "../../sys/clock.ts";
import { utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { COMMANDS } from "../../overlay/folds/dash.ts";
import { commandsFrame, dashFrame } from "./dash_frame.ts";
import type { ConversationId, OverlayReport, PublishReport, Saying } from "./changes.ts";
import { usage } from "./planned.ts";
import type { BotCommand, Pace, WidgetUpdate } from "./widget_views.ts";

/** A stamp as long as they get for the next centuries. */
const SOME_STAMP = 9_999_999_999_999;
/** For so long what a conversation takes is not asked again: a bot may flood. */
const PACE_MS = 1000;
/** By so much a clock may go slower than a timer: it is waited for, so that stamps are an interval apart. */
const DRIFT_MS = 100;
/** Widgets that are remembered though nothing of them waits. */
const REMEMBERED = 1000;

/** What is published: a value of a widget, or what commands we take. */
export type Published = { readonly widget: WidgetUpdate } | { readonly commands: readonly BotCommand[] };
/** The same with where and how. */
export type Publishing = Saying & Published;

/** It as a frame without its stamp. @throws {UserError} usage: it is none. */
export const frameOf = (published: Published): ReturnType<typeof dashFrame> =>
  "widget" in published ? dashFrame(published.widget) : commandsFrame(published.commands);

/** What pacing works with. */
export interface PacingOptions {
  /** Time. */
  readonly clock: Clock;
  /** When we last published a widget, or commands, milliseconds since 1970. */
  readonly lastMs: (conversation: ConversationId, widget: string) => Promise<number | undefined>;
  /** What a conversation takes. */
  readonly pace: (conversation: ConversationId) => Promise<Pace>;
  /** Publishes now. @param stampMs  When it is said, milliseconds since 1970: turns are an interval apart by these. */
  readonly say: (request: Publishing, stampMs: number, signal?: AbortSignal) => Promise<OverlayReport>;
}

interface Waiting {
  readonly line: string;
  readonly request: Publishing;
  readonly signal?: AbortSignal;
  readonly settle: PromiseWithResolvers<PublishReport>;
}

interface Turn {
  /** When a value went last, milliseconds since 1970. */
  lastMs: number;
  /** What must lie between that and the next one. */
  intervalMs: number;
  waiting?: Waiting;
  cancel?: () => void;
}

/** Our widgets, each in its turn. */
export class Pacing {
  readonly #options: PacingOptions;
  readonly #turns = new Map<string, Promise<Turn>>();
  #pace: { readonly of: ConversationId; readonly untilMs: number; readonly pace: Promise<Pace> } | undefined;
  #isClosed = false;

  /** Nothing waits yet. */
  constructor(options: PacingOptions) {
    this.#options = options;
  }

  /**
   * Publishes a value when it is its turn.
   * @returns What became of it; `replaced`: a later one went in its place.
   * @throws {UserError} usage: it is no value, or too long; busy: the program ends while it waits.
   */
  async publish(request: Publishing, signal?: AbortSignal): Promise<PublishReport> {
    const { maxBytes, intervalMs } = await this.#paceOf(request.conversation);
    const line = checked(request, maxBytes);
    const turn = await this.#turnOf(request);
    if (this.#isClosed) throw ending();
    if (intervalMs !== turn.intervalMs) {
      turn.intervalMs = intervalMs;
      turn.cancel?.();
      turn.cancel = undefined;
    }
    const settle = Promise.withResolvers<PublishReport>();
    const mine: Waiting = { line, request, signal, settle };
    const { waiting } = turn;
    waiting?.settle.resolve({ state: "replaced", line: waiting.line });
    turn.waiting = mine;
    this.#arm(turn);
    try {
      return await unlessAborted(signal, settle.promise);
    } finally {
      if (turn.waiting === mine) turn.waiting = undefined;
    }
  }

  /** What waits is not published any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#turns.values()].map(async (opening) => {
      const turn = await opening.catch(() => undefined); // whoever publishes there is told
      turn?.cancel?.();
      turn?.waiting?.settle.reject(ending());
    }));
  }

  #paceOf(conversation: ConversationId): Promise<Pace> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#pace?.of === conversation && nowMs < this.#pace.untilMs) return this.#pace.pace;
    const pace = this.#options.pace(conversation);
    this.#pace = { of: conversation, untilMs: nowMs + PACE_MS, pace };
    pace.catch(() => this.#pace = undefined);
    return pace;
  }

  #turnOf({ conversation, ...published }: Publishing): Promise<Turn> {
    const id = "widget" in published ? published.widget.id : COMMANDS;
    const key = `${conversation} ${id}`;
    const known = this.#turns.get(key);
    if (known !== undefined) return known;
    const { lastMs } = this.#options;
    const opened = lastMs(conversation, id).then((last): Turn => ({ lastMs: last ?? 0, intervalMs: 0 }));
    opened.catch(() => this.#turns.delete(key));
    this.#turns.set(key, opened);
    if (this.#turns.size > REMEMBERED) this.#forgetFirst();
    return opened;
  }

  /** The one that was made first is read again when it is needed. */
  #forgetFirst(): void {
    const [key, first] = this.#turns.entries().next().value!;
    void first.then(({ waiting }) => waiting === undefined && this.#turns.delete(key), () => {});
  }

  /** @param hasWaited  An interval has passed: what is left then is a drift, or the clock was set back. */
  #arm(turn: Turn, hasWaited = false): void {
    if (turn.cancel !== undefined) return;
    const { lastMs, intervalMs } = turn;
    const leftMs = lastMs + intervalMs - this.#nowMs();
    if (leftMs <= 0 || hasWaited && leftMs > DRIFT_MS) return this.#go(turn);
    turn.cancel = this.#options.clock.after(Math.min(intervalMs, leftMs), () => {
      turn.cancel = undefined;
      this.#arm(turn, true);
    });
  }

  #go(turn: Turn): void {
    if (turn.waiting === undefined) return;
    const { request, signal, settle } = turn.waiting;
    turn.waiting = undefined;
    turn.lastMs = this.#nowMs();
    this.#options.say(request, turn.lastMs, signal).then(settle.resolve, settle.reject);
  }

  #nowMs(): number {
    return Number(this.#options.clock.wallNs() / 1_000_000n);
  }
}

function checked(published: Published, maxBytes: number): string {
  const { overlay, data, line } = frameOf(published);
  const bytes = utf8(encodeOverlay({ overlay, data, fallback: line, extra: { s: SOME_STAMP } })).length;
  if (bytes > maxBytes) {
    throw usage(
      `This is ${bytes} bytes, and this conversation takes ${maxBytes}`,
      "Say less of it: fewer rows or commands, shorter texts.",
    );
  }
  return line;
}

const ending = (): UserError =>
  new UserError("The program ends: the value was not published", {
    kind: "busy",
    hint: "Publish it again.",
  });
