/**
 * `dmsg bot echo`: says what it hears.
 *
 * @see lib/bot/echo.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { echoOf } from "../../../lib/bot/echo.ts";
import { Inbox } from "../../../lib/bot/inbox.ts";
import { isGroupId } from "../../../lib/app/groups/groups.ts";
import { join } from "../../../lib/sys/paths.ts";
import { openCommandApp } from "../../app.ts";
import { perform } from "../../bot/actions.ts";
import { Hears } from "../../bot/hears.ts";
import { tellMemberships } from "../../bot/memberships.ts";
import { handed } from "../../bot/message.ts";
import { conversationsOf } from "../../bot/publish.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { EventLog } from "../../resident/event_log.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { failureOf } from "../../exit.ts";
import { follow } from "../../resident/follow.ts";
import { openMark } from "../../exec/mark_file.ts";
import { holdMark } from "../../exec/mark_lock.ts";
import { PeerNames } from "../../names/peers.ts";
import { inFlag } from "./flags.ts";

/** How long an answer is waited for before the next message is read; it is queued then. */
const WAIT_MS = 5000;

type Flags = CommonFlags & { readonly in?: readonly string[] };

/** `dmsg bot echo`. */
export const echo: Command<Context> = command({
  brief: "Answer people with what they say, and /echo TEXT in groups",
  details:
    "For trying out whether messages arrive and come back. Each message is answered once, even if the bot is stopped\n" +
    "and started again. It does not answer answers, so that two of them fall silent.",
  examples: [["dmsg bot echo", "In all conversations"], ["dmsg bot echo --in ops", "In one"]],
  parameters: { flags: { in: inFlag, ...commonFlags }, aliases: commonAliases },
  async run(context: Context, flags: Flags) {
    const request = { command: "bot echo", makes: "any", resident: true } as const;
    const opened = await openCommandApp(context, flags, request);
    const { app, directory } = opened;
    try {
      const conversations = await conversationsOf(context, opened, flags.in);
      const log = new EventLog(context);
      const start = await app.events.cursor() ?? 0;
      const path = join(directory, "bot-echo.cursor");
      using _ = await holdMark({
        path,
        command: "bot echo",
        what: "The echo bot",
        hint: "End that one first.",
      });
      const { mark, save } = await openMark(context, { path, isOwn: true, start });
      const inbox = new Inbox<true>(mark);
      // A courtesy in groups, where nothing else says what it takes; where it can't be said, echo answers all the same.
      for (const conversation of conversations.filter(isGroupId)) {
        const commands = [{ name: "echo", help: "Says what follows" }];
        await app.overlays.announce({ conversation, commands, waitMs: 0 }, context.signal).catch((error) => {
          context.signal.throwIfAborted();
          log.say({ event: "failed", reason: failureOf(error).message });
        });
      }
      const hears = new Hears(app, context.clock, conversations);
      const names = new PeerNames(context).withGroups(() => app.groups.list());
      return await follow(context, opened, {
        since: mark.cursor,
        onReady: (cursor) => log.say({ event: "reachable", pk: app.pk, bot: "echo", cursor }),
        onNetwork: await tellMemberships(app.groups, log, conversations),
        async onEvent(event) {
          const { cursor } = event;
          if (event.kind === "lost") return inbox.restart(cursor);
          if (event.kind !== "message" || !await hears.takes(event.message)) return inbox.skip(cursor);
          const { message } = event;
          const isAnswer = message.replyTo !== undefined || message.id === undefined;
          const one = handed(message, cursor, names);
          const answer = echoOf({ text: one.line.text, isGroup: isGroupId(message.peer), isAnswer });
          if (answer === undefined || !inbox.add(cursor, true)) return inbox.skip(cursor);
          const line = { do: "reply", cursor, text: answer, id: String(cursor) } as const;
          const parts = { context, app, name: "echo", waitMs: WAIT_MS };
          const { ok, state, error } = await perform(parts, line, message.peer, one);
          context.signal.throwIfAborted(); // it is answered when we are started again
          const reason = ok ? undefined : (error as { message: string }).message;
          log.say({ event: ok ? "answered" : "refused", conversation: message.peer, state, reason });
          inbox.done(cursor);
          await save(inbox.mark);
        },
      });
    } finally {
      await app.close();
    }
  },
});
