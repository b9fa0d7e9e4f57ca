/**
 * `dmsg scp-host`: lets listed peers copy files to and from a directory.
 *
 * @see cli/scp/host/host.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../lib/wire/errors.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { parsePlace } from "../flags/paths.ts";
import { EventLog } from "../resident/event_log.ts";
import { reachable } from "../resident/reachable.ts";
import { stay } from "../resident/stay.ts";
import { type ScpHostFlags, scpHostFlags } from "../scp/host/flags.ts";
import { openScpHost } from "../scp/host/host.ts";
import { checkScpRoot } from "../serving/shared_root.ts";

type Flags = CommonFlags & ScpHostFlags;

/** `dmsg scp-host`. */
const scpHost: Command<Context> = command({
  brief: "Let listed peers copy files to and from a directory",
  details:
    "Peers use `dmsg scp` or a visor's `skywire cli dmsg scp`. Without DIR it is scp-root beside the key. Our own key\n" +
    "is always let in; others only when they are listed: a line a key, `PK [rw|ro|wo] [DIRECTORY] # remark`.\n" +
    "Changes of the list act within 2 s, also on what runs. With -c VISOR.json the visor's own list counts. Note\n" +
    "that a visor lets the keys of its pty list open a shell, too: list copiers under dmsgscp.\n" +
    "Hard links in DIR to files outside of it can't be told from files.",
  examples: [
    ["dmsg scp-host shared --scp-whitelist friends", "Share ./shared with the keys in ./friends"],
    ["dmsg scp-host /srv/files -c /opt/skywire/skywire.json", "With a visor's key and list"],
  ],
  parameters: {
    flags: { ...scpHostFlags, ...commonFlags },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: parsePlace, placeholder: "dir", brief: "The directory", optional: true }],
    },
  },
  async run(context: Context, flags: Flags, dir?: string) {
    if (dir !== undefined && flags.scpRoot !== undefined) {
      throw new UserError("The directory is given twice", { kind: "usage", hint: "Leave --scp-root out." });
    }
    const named = flags.scpRoot ?? dir;
    await checkScpRoot(named);
    const opened = await openCommandApp(context, flags, { command: "scp-host", resident: true });
    const log = new EventLog(context, { perMinute: Infinity }); // a line for each file
    try {
      const host = await openScpHost(
        context,
        opened,
        { ...flags, scpRoot: named },
        (event) => log.say({ ...event }),
      );
      if (host === undefined) {
        throw new UserError("The visor's configuration has the copier switched off", {
          kind: "usage",
          hint: "Name a directory to host all the same.",
        });
      }
      try {
        await reachable(context, opened.app);
        log.say({ event: "hosting", pk: opened.app.pk, root: host.root, whitelist: host.whitelist });
        return await stay(context, opened);
      } finally {
        host.close();
      }
    } finally {
      await opened.app.close();
    }
  },
});

export default scpHost;
