/**
 * The overlays of an identity in this process, loaded at the first call, and what takes messages away tells them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, Store } from "../../store/store.ts";
import { UserError } from "../../wire/errors.ts";
import { unlessAborted } from "../../sys/abort.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import type { LazyGroups } from "../groups/lazy_groups.ts";
import { isGroupId } from "../groups/groups.ts";
import { CHAT_PORT } from "../messages/messenger.ts";
import type { Sending } from "../messages/sending.ts";
import type { Pairs } from "../pairs/pairs.ts";
import type { Peers } from "../peers/peers.ts";
import { through } from "../through.ts";
import { mayHaveBots } from "./has_overlays.ts";
import type { KeptOverlays } from "./kept_overlays.ts";
import type { LocalOverlays } from "./local_overlays.ts";
import { type ConversationId, OVERLAYS, type Overlays } from "./overlays.ts";
import type { PlanOnce } from "./plan_once.ts";
import type { SpeakingOptions } from "./speaking.ts";
import { KeptTitles, renamedIn } from "./kept_titles.ts";
import type { Title, TitlesFile } from "./titles_file.ts";
import { Lazy } from "../../wire/lazy.ts";

/** What they are made of. */
export interface LazyOverlaysOptions {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** The salt of pages. */
  readonly random: Random;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
  /** Says things in groups, and knows who decides there. */
  readonly groups: LazyGroups;
  /** Says things to peers. */
  readonly sending: Sending;
  /** Pairs people by signed invites. */
  readonly pairs: Pick<Pairs, "list" | "use" | "remove" | "issueInvite" | "issuedInvites">;
  /** What is decided about peers. */
  readonly peers: Pick<Peers, "list" | "decide">;
  /** Keeps what things are called, for a shell's completion; by default nothing does. */
  readonly titles?: TitlesFile;
}

/** Overlays that end with their app. */
export interface LazyOverlays extends Overlays {
  /** The store has kept these. */
  committed(changes: readonly Change[]): void;
  /** Messages of a conversation were taken away. */
  lost(conversation: ConversationId): Promise<void>;
  /** A conversation was forgotten. */
  forget(conversation: ConversationId): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

interface Opened {
  readonly plans: PlanOnce;
  readonly kept: KeptOverlays;
  readonly overlays: LocalOverlays;
  readonly titlesOf: (conversation: ConversationId) => Promise<readonly Title[]>;
}

/** Makes them; nothing is loaded yet. */
export function lazyOverlays(options: LazyOverlaysOptions): LazyOverlays {
  const lazy = new Lazy(() => open(options));
  const opened = (): Promise<Opened> => lazy.get();
  const titles = options.titles && new KeptTitles({
    clock: options.clock,
    file: options.titles,
    titles: async (conversation) => await (await opened()).titlesOf(conversation),
  });
  return {
    ...through<Overlays>(OVERLAYS, async (ask) => await ask((await opened()).overlays)),
    // Screens ask for each conversation that they list: where no bot is heard nothing is loaded or made for that.
    summary: async (request) =>
      await mayHaveBots(options.store, request.conversation)
        ? await (await opened()).overlays.summary(request)
        : {},
    committed(changes) {
      if (titles !== undefined) renamedIn(changes).forEach((conversation) => titles.changed(conversation));
    },
    lost: async (conversation) => {
      await (await opened()).kept.lost(conversation);
      titles?.changed(conversation);
    },
    forget: async (conversation) => {
      const { kept, plans } = await opened();
      await kept.forget(conversation);
      await plans.forget(conversation);
      const { forgetInvites } = await import("./invites.ts");
      await forgetInvites(options.store, conversation);
      titles?.changed(conversation);
    },
    close: async () => {
      await titles?.close();
      await lazy.end(async ({ kept, overlays }) => {
        await overlays.close();
        await kept.close();
      });
    },
  };
}

/** What is made of messages, or kept beside them, and goes with them. */
export type BesideMessages = Pick<LazyOverlays, "forget"> & Partial<Pick<LazyOverlays, "lost">>;

/** The same groups; what is beside their messages loses what is taken back or dropped there. */
export function groupsWith(groups: LazyGroups, beside: readonly BesideMessages[]): LazyGroups {
  return {
    ...groups,
    async drop(request) {
      await groups.drop(request);
      for (const one of beside) await one.forget(request.group);
    },
    async unsend(request) {
      await groups.unsend(request);
      for (const one of beside) await one.lost?.(request.group);
    },
  };
}

async function open(
  { pk, store, clock, random, onProblem, groups, sending, pairs, peers }: LazyOverlaysOptions,
): Promise<Opened> {
  const { KeptOverlays } = await import("./kept_overlays.ts");
  const { LocalOverlays } = await import("./local_overlays.ts");
  const { PlanOnce } = await import("./plan_once.ts");
  const { titlesIn } = await import("./titles.ts");
  const plans = new PlanOnce(store);
  const kept = new KeptOverlays({ pk, store, clock, random, onProblem });
  const send: SpeakingOptions["send"] = async (
    { conversation, text, id, waitMs, key, audience },
    signal,
  ) => {
    if (isGroupId(conversation)) {
      return await groups.send({ group: conversation, text, waitMs, key, audience }, signal);
    }
    if (audience !== undefined) throw notForSome();
    const to = { pk: conversation, port: CHAT_PORT };
    const sent = await unlessAborted(signal, sending.send({ to, text, waitMs, queue: true }, id));
    return { ...sent, position: sent.position ?? 0 };
  };
  const admins = async (conversation: ConversationId): Promise<PublicKeyHex[]> => {
    if (!isGroupId(conversation)) return [pk, conversation];
    const members = await groups.members({ group: conversation });
    return members.filter(({ role }) => role !== "member").map(({ pk }) => pk);
  };
  return {
    kept,
    plans,
    titlesOf: async (conversation) => {
      if (!await kept.has(conversation) && !await hasMessages(store, conversation)) return [];
      return await kept.use(conversation, ({ engine }) => titlesIn(engine, pk));
    },
    overlays: new LocalOverlays({
      pk,
      store,
      clock,
      random,
      kept,
      plans,
      send,
      admins,
      decides: async (conversation) => !isGroupId(conversation) || await groups.decides(conversation),
      groups,
      pairs,
      peers,
    }),
  };
}

const hasMessages = async ({ messages }: Store, conversation: ConversationId): Promise<boolean> =>
  (await messages.newest(conversation, 1)).length > 0;

const notForSome = (): UserError =>
  new UserError("This is a conversation of two, both of whom read it", {
    kind: "usage",
    hint: "Leave the audience out; it is for a group that was made with `dmsg group create --keys d2`.",
  });
