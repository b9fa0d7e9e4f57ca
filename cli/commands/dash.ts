/**
 * `dmsg dash`: what bots publish in a conversation, as a dashboard.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { WidgetView } from "../../lib/app/overlays/overlays.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { columns } from "../output/columns.ts";
import { dashLines, dashSentences } from "../words/dash_lines.ts";
import { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { follow, lookAgain } from "../resident/follow.ts";
import { snake } from "../output/snake.ts";
import { type At, at, conversationArgument, noteMaking } from "../names/overlays.ts";

/** Widgets of a dashboard; more are counted. */
const MANY = 500;
/** How often it is looked whether something has become stale. */
const LOOK_MS = 10_000;
const CLEAR = "\x1b[H\x1b[2J";

type DashFlags = CommonFlags & { readonly watch: boolean };

/** `dmsg dash`. */
const dash: Command<Context> = command({
  brief: "Show what bots publish in a conversation, as a dashboard",
  details:
    "One widget per line with its last value, thresholds and age as its bot named them; with --json one object per\n" +
    "line, with the values of the last intervals. --watch keeps running and shows each change. ACCESSIBLE=1 writes\n" +
    "sentences instead, and with --watch only the new ones.",
  examples: [["dmsg dash ops", "All widgets of all bots there"], [
    "dmsg dash ops --watch",
    "And what becomes of them",
  ]],
  parameters: {
    flags: {
      watch: { kind: "boolean", default: false, withNegated: false, brief: "Stay, and show each change" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(context: Context, flags: DashFlags, where: string) {
    const { watch } = flags;
    const request = { command: "dash", makes: "none", resident: watch, offline: !watch } as const;
    const opened = await openCommandApp(context, flags, request);
    try {
      const one = await at(context, opened.app, where);
      const show = shower(context, one, watch && Deno.stdout.isTerminal());
      await show();
      if (!watch) return Status.done;
      const end = new AbortController();
      const looking = lookAgain(context, LOOK_MS, show, AbortSignal.any([context.signal, end.signal]));
      try {
        return await follow(context, opened, {
          async onEvent(event) {
            if (event.kind === "message" && event.message.peer === one.conversation) await show();
          },
        });
      } finally {
        end.abort();
        await looking;
      }
    } finally {
      await opened.app.close();
    }
  },
});

export default dash;

/** Shows what has changed since the last time. */
function shower(context: Context, one: At, clears: boolean): () => Promise<void> {
  const { print, clock, env } = context;
  const { overlays, conversation, told } = one;
  const known = new Map<string, string>();
  let shown: string | undefined;
  let said: ReadonlySet<string> = new Set();
  return async () => {
    const part = await overlays.widgets({ conversation, limit: MANY });
    if (shown === undefined) noteMaking(context, part);
    if (print.mode.json) {
      for (const widget of part.rows) {
        const text = JSON.stringify(widget);
        if (known.get(`${widget.bot}/${widget.id}`) === text) continue;
        known.set(`${widget.bot}/${widget.id}`, text);
        print.out("widgetShown", { conversation, ...snake(widget), ...told(widget.bot) });
      }
      return;
    }
    const nameOf = (bot: WidgetView["bot"]): string => {
      const { author_alias, mine } = told(bot);
      return mine ? "you" : author_alias ?? `${bot.slice(0, 8)}…`;
    };
    const nowMs = Number(clock.wallNs() / 1_000_000n);
    if (env("ACCESSIBLE") === "1") {
      const lines = dashSentences(part, nameOf, nowMs);
      const news = lines.filter((line) => !said.has(line));
      if (part.total === 0 && shown === undefined) print.none("noWidgets", undefined);
      shown = "";
      said = new Set(lines);
      return news.forEach((line) => print.text(`${line}\n`));
    }
    const lines = dashLines(part, nameOf, nowMs, columns());
    const text = lines.join("\n");
    if (text === shown) return;
    if (shown !== undefined || clears) print.text(clears ? CLEAR : "\n");
    shown = text;
    if (part.total === 0) print.none("noWidgets", undefined);
    else print.text(`${text}\n`);
  };
}
