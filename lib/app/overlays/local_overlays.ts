/**
 * The lists, bulletins and polls of an identity in this process.
 *
 * @see lib/app/README.md "Overlays"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { pinnedOf, postRowOf, repliesOf, type ThreadRow, threadsOf } from "../../overlay/folds/board_rows.ts";
import type { CommandsView, Pace, WidgetView } from "./widget_views.ts";
import { itemsOf, listOf, listsOf, saidOf } from "../../overlay/folds/list_rows.ts";
import { pollsOf } from "../../overlay/folds/poll_rows.ts";
import { readOverlay } from "../../overlay/frame.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import { Dashboards } from "./dashboards.ts";
import { Invites, type InvitesOptions } from "./invites.ts";
import type { InviteView } from "./invite_views.ts";
import { type KeptOverlays, type OpenOverlays, scopeOf } from "./kept_overlays.ts";
import type {
  ConversationId,
  ItemView,
  ListView,
  OverlayReport,
  Overlays,
  PartRequest,
  PartView,
  PlaceView,
  PollView,
  PostView,
  PublishReport,
  SaidView,
  ThreadView,
} from "./overlays.ts";
import { partOf, type RunPart } from "./parts.ts";
import { placeOf } from "./place.ts";
import { noSuch, notOurs } from "./planned.ts";
import { Speaking, type SpeakingOptions } from "./speaking.ts";
import { itemView, listView, pollView, postView, saidView, threadView } from "./overlay_views.ts";

/** Ids that begin alike. */
const FOUND = 10;

/** What it is made of. */
export interface LocalOverlaysOptions
  extends Omit<SpeakingOptions, "kept" | "clock">, Omit<InvitesOptions, "kept" | "clock"> {
  /** Time. */
  readonly clock: Clock;
  /** The rows. */
  readonly kept: KeptOverlays;
  /** The messages. */
  readonly store: Store;
  /** Who decides in a conversation: their pins count. */
  readonly admins: (conversation: ConversationId) => Promise<readonly PublicKeyHex[]>;
  /** Whether we do, as far as others can be asked. */
  readonly decides: (conversation: ConversationId) => Promise<boolean>;
}

/** Lists, bulletins and polls. */
export class LocalOverlays implements Overlays {
  readonly #options: LocalOverlaysOptions;
  readonly #speaking: Speaking;
  readonly #invites: Invites;
  readonly #dashboards: Dashboards;

  /** Nothing is read yet. */
  constructor(options: LocalOverlaysOptions) {
    this.#options = options;
    this.#speaking = new Speaking(options);
    this.#invites = new Invites(options);
    this.#dashboards = new Dashboards({ ...options, speaking: this.#speaking });
  }

  /** What waits is not said any more. */
  close(): Promise<void> {
    return this.#dashboards.close();
  }

  async find({ conversation, kind, prefix }: Parameters<Overlays["find"]>[0]): Promise<string[]> {
    return await this.#use(conversation, ({ engine }) => engine.keysOf(kind, prefix, FOUND));
  }

  async place({ conversation, position }: Parameters<Overlays["place"]>[0]): Promise<PlaceView> {
    return await this.#use(conversation, async ({ engine, message }) => {
      const kept = await message(position);
      return kept === undefined ? {} : await placeOf(engine, scopeOf(conversation), kept);
    });
  }

  async lists({ archived, ...request }: Parameters<Overlays["lists"]>[0]): Promise<PartView<ListView>> {
    return await this.#part(request, async ({ engine }, part) => {
      const { total, rows } = await listsOf(engine.tree("list"), { ...part, archived });
      return { total, rows: rows.map(listView) };
    });
  }

  async items({ list, ...request }: Parameters<Overlays["items"]>[0]): Promise<PartView<ItemView>> {
    return await this.#part(request, async ({ engine }, part) => {
      if (await listOf(engine.tree("list"), list) === undefined) throw noSuch("list");
      const { total, rows } = await itemsOf(engine.tree("list"), list, part);
      return { total, rows: rows.map(itemView) };
    });
  }

  async said({ conversation, id }: Parameters<Overlays["said"]>[0]): Promise<SaidView[]> {
    return await this.#use(
      conversation,
      async ({ engine }) => (await saidOf(engine.tree("list"), id)).map(saidView),
    );
  }

  changeList(...[request, signal]: Parameters<Overlays["changeList"]>): Promise<OverlayReport> {
    return this.#speaking.inList(request, signal);
  }

  async changeListAgain(
    ...[request, signal]: Parameters<Overlays["changeListAgain"]>
  ): Promise<{ report?: OverlayReport }> {
    const report = await this.#speaking.again(request, signal);
    return report === undefined ? {} : { report };
  }

  async threads({ expired, ...request }: Parameters<Overlays["threads"]>[0]): Promise<PartView<ThreadView>> {
    return await this.#part(request, async ({ engine }, part) => {
      const { total, rows } = await threadsOf(engine.tree("board"), { ...part, expired });
      return { total, rows: rows.map(threadView) };
    });
  }

  async pinned({ conversation }: { conversation: ConversationId }): Promise<ThreadView[]> {
    const admins = await this.#options.admins(conversation);
    return await this.#use(
      conversation,
      async ({ engine }) => (await pinnedOf(engine.tree("board"), admins)).map(threadView),
    );
  }

  async thread({ conversation, id }: Parameters<Overlays["thread"]>[0]): Promise<ThreadView> {
    return await this.#use(conversation, async ({ engine }) => {
      const tree = engine.tree("board");
      const found = await postRowOf(tree, id);
      const root = found && await postRowOf(tree, found.root);
      if (root === undefined) throw noSuch("post");
      return threadView(await this.#whole(conversation, root.row as ThreadRow));
    });
  }

  async replies({ id, newest, ...request }: Parameters<Overlays["replies"]>[0]): Promise<PartView<PostView>> {
    return await this.#part(request, async ({ engine }, part) => {
      const tree = engine.tree("board");
      const found = await postRowOf(tree, id);
      if (found === undefined) throw noSuch("post");
      const { total, rows } = await repliesOf(tree, found.root, { ...part, newest });
      const whole = await Promise.all(rows.map((row) => this.#whole(request.conversation, row)));
      return { total, rows: whole.map(postView) };
    });
  }

  async readThread({ conversation, id }: Parameters<Overlays["readThread"]>[0]): Promise<void> {
    await this.#use(conversation, async ({ engine, markThread }) => {
      const found = await postRowOf(engine.tree("board"), id);
      if (found === undefined) throw noSuch("post");
      const [newest] = await this.#options.store.messages.newest(conversation, 1);
      await markThread(found.root, newest?.position ?? 0);
    });
  }

  async changeBoard(...[request, signal]: Parameters<Overlays["changeBoard"]>): Promise<OverlayReport> {
    const { change, conversation } = request;
    if (change.do === "pin" || change.do === "unpin") {
      if (!await this.#options.decides(conversation)) throw notOurs("pins its posts");
    }
    return await this.#speaking.inBoard(request, change, signal);
  }

  async polls(request: PartRequest): Promise<PartView<PollView>> {
    return await this.#part(request, async ({ engine }, part) => {
      const { total, rows } = await pollsOf(engine.tree("poll"), part);
      return { total, rows: rows.map((row) => pollView(row, engine.nowMs)) };
    });
  }

  changePoll(...[request, signal]: Parameters<Overlays["changePoll"]>): Promise<OverlayReport> {
    return this.#speaking.inPoll(request, request.change, signal);
  }

  widgets(request: PartRequest): Promise<PartView<WidgetView>> {
    return this.#dashboards.widgets(request);
  }

  summary(request: { conversation: ConversationId }): Promise<{ summary?: string }> {
    return this.#dashboards.summary(request);
  }

  pace(request: { conversation: ConversationId }): Promise<Pace> {
    return this.#dashboards.pace(request);
  }

  setPace(...[request, signal]: Parameters<Overlays["setPace"]>): Promise<OverlayReport> {
    return this.#dashboards.setPace(request, signal);
  }

  publish(...[request, signal]: Parameters<Overlays["publish"]>): Promise<PublishReport> {
    return this.#dashboards.publish(request, signal);
  }

  commands(request: PartRequest): Promise<PartView<CommandsView>> {
    return this.#dashboards.commands(request);
  }

  announce(...[request, signal]: Parameters<Overlays["announce"]>): Promise<PublishReport> {
    return this.#dashboards.announce(request, signal);
  }

  invites(request: PartRequest): Promise<PartView<InviteView>> {
    return this.#invites.list(request);
  }

  answerInvite(
    { conversation, position, answer }: Parameters<Overlays["answerInvite"]>[0],
  ): Promise<InviteView> {
    return this.#invites[answer](conversation, position);
  }

  sendInvite(...[request, signal]: Parameters<Overlays["sendInvite"]>): Promise<OverlayReport> {
    return this.#invites.send(request, request, signal);
  }

  #use<T>(conversation: ConversationId, run: (open: OpenOverlays) => Promise<T>): Promise<T> {
    return this.#options.kept.use(conversation, run);
  }

  #part<T>(request: PartRequest, run: RunPart<T>): Promise<PartView<T>> {
    return partOf(this.#options.kept, request, run);
  }

  /** With all of its text, which its message has. */
  async #whole<R extends { isCut: boolean; position: number; text: string | undefined }>(
    conversation: ConversationId,
    row: R,
  ): Promise<R> {
    if (!row.isCut || row.text === undefined) return row;
    const message = await this.#options.store.messages.get(conversation, row.position);
    if (message === undefined || message.state === "deleted") return row;
    return { ...row, text: readOverlay(message.body).data, isCut: false };
  }
}
