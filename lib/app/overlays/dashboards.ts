/**
 * What bots publish in conversations, and what we publish there.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import {
  announcedBy,
  commandsOf,
  lastSaidOf,
  paceOf,
  type PaceRow,
  summaryOf,
  widgetsOf,
} from "../../overlay/folds/dash_rows.ts";
import type { Clock } from "../../sys/clock.ts";
import type { KeptOverlays, OpenOverlays } from "./kept_overlays.ts";
import { commandsView, paceView, widgetView } from "./overlay_views.ts";
import type {
  ConversationId,
  OverlayReport,
  Overlays,
  PartRequest,
  PartView,
  PublishReport,
} from "./overlays.ts";
import { frameOf, Pacing } from "./pacing.ts";
import { partOf } from "./parts.ts";
import { notOurs } from "./planned.ts";
import type { Speaking } from "./speaking.ts";
import type { CommandsView, Pace, WidgetView } from "./widget_views.ts";

/** What it is made of. */
export interface DashboardsOptions {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** Time. */
  readonly clock: Clock;
  /** The rows. */
  readonly kept: KeptOverlays;
  /** Says it. */
  readonly speaking: Speaking;
  /** Who decides in a conversation: their word on its pace holds. */
  readonly admins: (conversation: ConversationId) => Promise<readonly PublicKeyHex[]>;
  /** Whether we do, as far as others can be asked. */
  readonly decides: (conversation: ConversationId) => Promise<boolean>;
}

/** Widgets, summaries, commands and paces. */
export class Dashboards {
  readonly #options: DashboardsOptions;
  readonly #pacing: Pacing;

  /** Nothing is read yet. */
  constructor(options: DashboardsOptions) {
    const { clock, speaking, kept, pk } = options;
    this.#options = options;
    this.#pacing = new Pacing({
      clock,
      say: (request, stampMs, signal) => speaking.inDash(request, request, stampMs, signal),
      pace: (conversation) => this.pace({ conversation }),
      lastMs: (conversation, widget) =>
        kept.use(conversation, ({ engine }) => lastSaidOf(engine.tree("dash"), pk, widget)),
    });
  }

  /** What waits is not said any more. */
  close(): Promise<void> {
    return this.#pacing.close();
  }

  /** See {@link Overlays.widgets}. */
  async widgets(request: PartRequest): Promise<PartView<WidgetView>> {
    const { kept, admins } = this.#options;
    const deciding = await admins(request.conversation);
    return await partOf(kept, request, async (open, part) => {
      await thinned(open, deciding);
      const { total, rows } = await widgetsOf(open.engine.tree("dash"), part);
      return { total, rows: rows.map((row) => widgetView(row, open.engine.nowMs)) };
    });
  }

  /** See {@link Overlays.summary}. */
  async summary({ conversation }: { conversation: ConversationId }): Promise<{ summary?: string }> {
    const summary = await this.#options.kept.use(
      conversation,
      ({ engine }) => summaryOf(engine.tree("dash")),
    );
    return summary === undefined ? {} : { summary };
  }

  /** See {@link Overlays.pace}. */
  async pace({ conversation }: { conversation: ConversationId }): Promise<Pace> {
    return paceView(await this.#pace(conversation));
  }

  /** See {@link Overlays.setPace}. */
  async setPace(
    { intervalMs, maxBytes, ...saying }: Parameters<Overlays["setPace"]>[0],
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const { decides, speaking } = this.#options;
    if (!await decides(saying.conversation)) throw notOurs("says what it takes of bots");
    const now = await this.#pace(saying.conversation);
    const pace = { intervalMs: intervalMs ?? now.intervalMs, maxBytes: maxBytes ?? now.maxBytes };
    return await speaking.inPace(saying, pace, now.stamp, signal);
  }

  /** See {@link Overlays.publish}. */
  publish(...[request, signal]: Parameters<Overlays["publish"]>): Promise<PublishReport> {
    return this.#pacing.publish(request, signal);
  }

  /** See {@link Overlays.commands}. */
  async commands(request: PartRequest): Promise<PartView<CommandsView>> {
    return await partOf(this.#options.kept, request, async ({ engine }, part) => {
      const { total, rows } = await commandsOf(engine.tree("dash"), part);
      return { total, rows: rows.map(commandsView) };
    });
  }

  /** See {@link Overlays.announce}. */
  async announce(...[request, signal]: Parameters<Overlays["announce"]>): Promise<PublishReport> {
    const { kept, pk } = this.#options;
    const { data, line } = frameOf(request);
    const stands = await kept.use(
      request.conversation,
      ({ engine }) => announcedBy(engine.tree("dash"), pk),
    );
    if (stands === data) return { state: "unchanged", line };
    return await this.#pacing.publish(request, signal);
  }

  async #pace(conversation: ConversationId): Promise<PaceRow> {
    const { kept, admins } = this.#options;
    const deciding = await admins(conversation);
    return await kept.use(conversation, (open) => thinned(open, deciding));
  }
}

/** What is kept of bots is as much as those who decide have said, from the moment on that somebody looks. */
async function thinned(open: OpenOverlays, admins: readonly PublicKeyHex[]): Promise<PaceRow> {
  const pace = await paceOf(open.engine.tree("dash"), admins);
  await open.thin(pace.intervalMs);
  return pace;
}
