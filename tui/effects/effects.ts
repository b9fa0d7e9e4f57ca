/**
 * Effects, done: on the App, the alias file, the terminal. Each answers with a message; one that fails says so.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { type AliasHost, readAliases } from "../../lib/identity/aliases.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { keyOf } from "../state/model.ts";
import type { ConversationId, Effect, Model } from "../state/types.ts";
import { doBotCommands } from "../steps/bot_commands.ts";
import { doFiles } from "../steps/files.ts";
import { doInvites } from "../steps/invites.ts";
import { doShared, isShared } from "../steps/shared.ts";
import { previewOf } from "../steps/updates.ts";
import { absolutePath } from "../terminal/outside.ts";
import { doForGroups, isForGroups } from "./groups.ts";
import { doForMessages, isForMessages } from "./messages.ts";
import { firstAt, firstUnread, type Page, pageFor, quotedBy, readPage } from "./pages.ts";
import { doPairs, isForPairs } from "./pairs.ts";
import type { Said, Surface } from "./parts.ts";
import { rename } from "./rename.ts";
import { verification } from "./verification.ts";
import { USER, WHAT, withHint } from "./words.ts";

/** What is asked again and again is asked once in this time. */
const PAUSE_MS = 500;
/** A call that takes longer than this is told: the owner is gone, or the store hangs. */
const PATIENCE_MS = 3000;

/** What is written down: where that fails, nothing can be. */
const KEEPS: readonly Effect["kind"][] = ["send", "read", "save"];

export type { Said, Surface } from "./parts.ts";

/** What effects are done with. */
export interface EffectParts {
  /** The identity's. */
  readonly app: App;
  /** Where aliases are. */
  readonly host: AliasHost;
  /** Timers. */
  readonly clock: Clock;
  /** Whether what can't be sent now may leave later. */
  readonly queues: boolean;
  /** Takes the answers. */
  readonly tell: (msg: Said) => void;
  /** The model of now. */
  readonly model: () => Model;
  /** Keeps drafts and levels. @returns Whether there was something to write. */
  readonly save: (model: Model) => Promise<boolean>;
  /** What is done by the terminal, or in the linear mode by words. */
  readonly surface: Surface;
}

/** Runs effects. */
export class Effects {
  readonly #parts: EffectParts;
  readonly #readTo = new Map<ConversationId, number>();
  readonly #again = new Map<string, { wanted: boolean }>();

  /** Does nothing by itself. */
  constructor(parts: EffectParts) {
    this.#parts = parts;
  }

  /** Begins what an effect asks for. */
  run(effect: Effect): void {
    const { surface, tell } = this.#parts;
    switch (effect.kind) {
      case "copy":
        return tell({ kind: "said", text: surface.copy(effect.text, effect.what) });
      case "bell":
        return surface.bell();
      case "notify":
        return surface.notify(effect.title, effect.body, keyOf(effect.id));
      case "suspend":
        return surface.suspend();
      case "redraw":
        return surface.redraw();
      case "quit":
        return surface.quit();
      case "conversations":
      case "names":
      case "groups":
      case "status":
      case "peers":
      case "outbox":
        return this.#paced(effect.kind, () => this.#ask(effect));
      case "members":
        return this.#paced(`members ${effect.group}`, () => this.#ask(effect));
      case "files":
      case "invites":
        return this.#paced(`${effect.kind} ${effect.id}`, () => this.#ask(effect));
      case "read":
        // Each is a write to the store: of those that come fast only the last one counts.
        this.#readTo.set(effect.id, Math.max(effect.position, this.#readTo.get(effect.id) ?? 0));
        return this.#paced(effect.id, () => this.#read(effect.id));
      default:
        void this.#ask(effect);
    }
  }

  async #read(id: ConversationId): Promise<void> {
    const position = this.#readTo.get(id);
    this.#readTo.delete(id);
    if (position !== undefined) await this.#ask({ kind: "read", id, position });
  }

  /** Once now, and once more when it was asked for meanwhile. */
  #paced(name: string, run: () => Promise<void>): void {
    const pending = this.#again.get(name);
    if (pending) {
      pending.wanted = true;
      return;
    }
    const mine = { wanted: false };
    this.#again.set(name, mine);
    void run().finally(() => {
      this.#parts.clock.after(PAUSE_MS, () => {
        this.#again.delete(name);
        if (mine.wanted) this.#paced(name, run);
      });
    });
  }

  async #ask(effect: Effect): Promise<void> {
    const { tell, clock } = this.#parts;
    const slow = effect.kind === "send" || effect.kind === "retry" || effect.kind === "edit" ||
      effect.kind === "share" || effect.kind === "take" || effect.kind === "offer" ||
      effect.kind === "remove";
    const cancel = slow ? undefined : clock.after(PATIENCE_MS, () => {
      tell({ kind: "failed", what: WHAT[effect.kind] ?? effect.kind, why: "no answer yet; waiting" });
    });
    try {
      await this.#do(effect);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const unkept = KEEPS.includes(effect.kind) && error instanceof UserError && error.kind === "local";
      if (unkept) tell({ kind: "failed", what: WHAT[effect.kind] ?? "Not kept", why, unkept });
      if (effect.kind === "share") tell({ kind: "unsaid", id: effect.id, say: effect.say });
      if (effect.kind === "send") {
        tell({ kind: "sent", id: effect.id, local: effect.local, problem: withHint(why, error) });
      } else if (USER.includes(effect.kind)) {
        tell({ kind: "said", text: withHint(why, error), style: "error" });
      } else if (!unkept) tell({ kind: "failed", what: WHAT[effect.kind] ?? effect.kind, why });
    } finally {
      cancel?.();
    }
  }

  async #do(effect: Effect): Promise<void> {
    const { app, tell, host, model, queues } = this.#parts;
    if (isForGroups(effect)) return await doForGroups(app, effect, tell);
    if (isShared(effect)) return await doShared(app, effect, tell);
    if (isForPairs(effect)) return await doPairs(app, effect, tell);
    if (isForMessages(effect)) return await doForMessages(app, effect, tell, queues);
    switch (effect.kind) {
      case "invites":
        return await doInvites(app, effect, tell);
      case "bot-commands":
        return await doBotCommands(app, effect, tell);
      case "files":
      case "take":
        return await doFiles(app, effect, tell, this.#later);
      case "offer": {
        const path = absolutePath(effect.path, host.os, host.env("HOME"));
        return await doFiles(app, { ...effect, path }, tell, this.#later);
      }
      case "conversations":
        return tell({ kind: "conversations", conversations: await app.messages.conversations() });
      case "status":
        return tell({ kind: "status", status: await app.node.status() });
      case "peers":
        return tell({ kind: "peers", peers: await app.peers.list() });
      case "outbox":
        return tell({ kind: "outbox", queued: await app.outbox.list() });
      case "previews":
        return await this.#previews(effect.ids);
      case "page": {
        const page = await this.#page(effect);
        const position = effect.where === "around" ? { position: effect.position } : {};
        return tell({ kind: "page", id: effect.id, where: effect.where, ...page, ...position });
      }
      case "unread": {
        const at = await firstUnread(app.messages, keyOf(effect.id), effect.count);
        return await this.#around(effect.id, at, "Everything is read", "unread");
      }
      case "date": {
        const at = await firstAt(app.messages, keyOf(effect.id), effect.ms);
        return await this.#around(effect.id, at, "There is nothing that late", "around");
      }
      case "quoted":
        return tell(await quotedBy(app.messages, effect));
      case "decide":
        await app.peers.decide({
          peer: effect.peer,
          blocked: effect.blocked,
          accepted: effect.accepted,
          verified: effect.verified,
        });
        return this.run({ kind: "peers" });
      case "names":
        return await this.#names();
      case "alias":
        tell({ kind: "said", text: await rename(host, effect.peer, effect.name) });
        return await this.#names();
      case "words":
        return tell({ kind: "words", peer: effect.peer, ...await verification(app.pk, effect.peer) });
      case "save":
        if (await this.#parts.save(model())) tell({ kind: "kept" });
        return;
      case "edit":
        return tell({ kind: "edited", id: effect.id, text: await this.#parts.surface.edit(effect.text) });
    }
  }

  readonly #later = (ms: number, effect: Effect): void =>
    void this.#parts.clock.after(ms, () => this.run(effect));

  async #previews(ids: readonly ConversationId[]): Promise<void> {
    for (const id of ids) {
      this.#parts.tell({ kind: "preview", id, ...await previewOf(this.#parts.app, keyOf(id)) });
    }
  }

  #page({ id, ...place }: Omit<Extract<Effect, { kind: "page" }>, "kind">): Promise<Page> {
    const { app, model } = this.#parts;
    return readPage(app.messages, keyOf(id), place, pageFor(model().size.rows));
  }

  async #around(
    id: ConversationId,
    position: number | undefined,
    nothing: string,
    where: "around" | "unread",
  ): Promise<void> {
    const { tell } = this.#parts;
    if (position === undefined) {
      tell({ kind: "said", text: nothing });
      const page = await this.#page({ id, where: "newest" });
      return tell({ kind: "page", id, where: "newest", ...page });
    }
    const page = await this.#page({ id, where, position });
    tell({ kind: "page", id, where, position, ...page });
  }

  async #names(): Promise<void> {
    const names = new Map<PublicKeyHex, string>();
    for (const [name, key] of await readAliases(this.#parts.host)) if (!names.has(key)) names.set(key, name);
    this.#parts.tell({ kind: "names", names });
  }
}
