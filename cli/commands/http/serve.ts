/**
 * `dmsg http serve`: files, or a web service of this machine, for peers.
 *
 * @see cli/serving/web_host.ts; lib/bridge/README.md "HTTP"
 * @module
 */
import type { Command } from "@stricli/core";
import { formatAddr } from "../../../lib/dmsg/addr.ts";
import { listeningPort } from "../../flags/address.ts";
import { openCommandApp } from "../../app.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { EventLog } from "../../resident/event_log.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { type GuestFlags, guestFlags, invitationOf, openDoor } from "../../flags/guests.ts";
import { parsePathOrPipe } from "../../flags/paths.ts";
import { reachable } from "../../resident/reachable.ts";
import { stay } from "../../resident/stay.ts";
import { sourceOf, WebHost } from "../../serving/web_host.ts";

type Flags = CommonFlags & GuestFlags & { readonly port: string };

/** `dmsg http serve`. */
export const serve: Command<Context> = command({
  brief: "Serve files or a web service of this machine to peers",
  details:
    "DIR: its files, with types and ranges; a directory is its index.html. Names that begin with a dot are not\n" +
    "served, nor what links lead to outside of DIR. URL: a service of this machine, such as http://127.0.0.1:3000,\n" +
    "WebSockets included; it is told the caller's key in X-Dmsg-Caller, which no caller can write. Other programs of\n" +
    "this machine can write it, so a service that must not trust them has to check by other means.\n" +
    "\n" +
    "Every peer may ask, unless --allow or --whitelist says who; keys that the list has as ro may only read (GET),\n" +
    "those with a directory see only that one. Changes of the list take effect at once. Stock dmsgcurl and browsers\n" +
    "behind `dmsg forward` read it. More than 60 lines of one event in a minute are counted, not printed.",
  examples: [
    ["dmsg http serve public", "./public on port 80"],
    [
      "dmsg http serve http://127.0.0.1:3000 --port 8080 --whitelist team",
      "A service, for those who are listed",
    ],
  ],
  parameters: {
    flags: {
      port: { kind: "parsed", parse: String, default: "80", placeholder: "port", brief: "Our port" },
      ...guestFlags,
      ...commonFlags,
    },
    aliases: { ...commonAliases, p: "port" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parsePathOrPipe,
        placeholder: "source",
        brief: "A directory, or the URL of a service",
      }],
    },
  },
  async run(context: Context, flags: Flags, text: string) {
    const port = listeningPort(flags.port, "http serve", "--port");
    const invitation = await invitationOf(context, flags);
    const source = await sourceOf(text);
    const request = { command: "http serve", resident: true, sparePort: port };
    const opened = await openCommandApp(context, flags, request);
    const { app } = opened;
    const log = new EventLog(context);
    try {
      const door = await openDoor(
        context,
        opened,
        invitation,
        { anyone: true },
        (reason) => log.say({ event: "list", reason }),
      );
      const address = formatAddr({ pk: app.pk, port });
      const host = await WebHost.open(context, opened, { source, address, door, log, flags });
      const listener = await app.node.listen(port);
      void host.run(listener).catch(() => {}); // the app has ended; the command hears of that itself
      try {
        await reachable(context, app);
        context.print.out("httpServing", {
          event: "serving",
          source: host.shown,
          address,
          open: door.open,
          list: door.list,
          allow: door.allow,
        });
        return await stay(context, opened);
      } finally {
        listener.close();
        host.stop();
      }
    } finally {
      await app.close();
    }
  },
});
