/**
 * `dmsg expose`: a port of ours that leads listed peers to a service of this machine.
 *
 * @see lib/bridge/README.md
 * @module
 */
import type { Command } from "@stricli/core";
import type { AppListener, AppStream } from "../../lib/app/node/node.ts";
import { Guests, type Stay } from "../../lib/bridge/guests.ts";
import { type Breakable, type Carried, join } from "../../lib/bridge/join.ts";
import { connectLocal, type Place, placeText } from "../../lib/bridge/tcp.ts";
import { takeAll } from "../../lib/bridge/taking.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { formatAddr } from "../../lib/dmsg/addr.ts";
import type { Access } from "../../lib/scp/whitelist.ts";
import { listeningPort, parsePlace } from "../flags/address.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { EventLog } from "../resident/event_log.ts";
import { commonAliases, type CommonFlags, commonFlags, idleFlag } from "../flags/flags.ts";
import { type Door, type GuestFlags, guestFlags, invitationOf, openDoor } from "../flags/guests.ts";
import { reachable } from "../resident/reachable.ts";
import { stay } from "../resident/stay.ts";

/** The list beside the key when no flag names one. */
const LIST_FILE = "expose-whitelist";

type Flags = CommonFlags & GuestFlags & { readonly idle?: number };

/** `dmsg expose`. */
const expose: Command<Context> = command({
  brief: "Make a service of this machine a port of ours, for listed peers",
  details:
    "Peers reach the service with `dmsg forward`, or with any program that speaks dmsg. Only our own key is let in,\n" +
    "and the keys that --allow names or the list holds; without a flag the list is expose-whitelist beside the key,\n" +
    "one key per line: `PK # remark`. Keys that a list limits (ro, wo, a directory) are not let in: a service knows\n" +
    "no such limits.\n" +
    "\n" +
    "Changes of the list take effect within 2 s, also on open connections. The service sees connections from this\n" +
    "machine, not who made them: do not expose what trusts this machine. For HTTP see `dmsg http serve`, which says\n" +
    "who calls.",
  examples: [
    ["dmsg expose 22 22 --allow alice", "alice: dmsg forward 2222 PK:22"],
    ["dmsg expose 5432 db.lan:5432 --whitelist ops", "A service of another machine"],
  ],
  parameters: {
    flags: {
      ...guestFlags,
      idle: idleFlag,
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "port", brief: "The port of ours" },
        {
          parse: parsePlace(1),
          placeholder: "localport",
          brief: "PORT of 127.0.0.1, or HOST:PORT, where the service listens",
        },
      ],
    },
  },
  async run(context: Context, flags: Flags, portText: string, place: Place) {
    const port = listeningPort(portText, "expose", "port");
    const invitation = await invitationOf(context, flags);
    const opened = await openCommandApp(context, flags, {
      command: "expose",
      resident: true,
      sparePort: port,
    });
    const { app } = opened;
    const log = new EventLog(context);
    try {
      const onProblem = (reason: string): void => log.say({ event: "list", reason });
      const door = await openDoor(context, opened, invitation, { file: LIST_FILE }, onProblem);
      const listener = await app.node.listen(port);
      const exposer = new Exposer(context, place, door, log, flags);
      void exposer.run(listener).catch(() => {}); // the app has ended; the command hears of that itself
      try {
        await reachable(context, app);
        context.print.out("exposing", {
          event: "exposing",
          local: placeText(place),
          address: formatAddr({ pk: app.pk, port }),
          open: door.open,
          list: door.list,
          allow: door.allow,
        });
        return await stay(context, opened);
      } finally {
        listener.close();
        exposer.stop();
      }
    } finally {
      await app.close();
    }
  },
});

export default expose;

/** Gives each stream that is let in a connection to the service. */
class Exposer {
  readonly #context: Context;
  readonly #place: Place;
  readonly #door: Door;
  readonly #log: EventLog;
  readonly #flags: Flags;
  readonly #guests: Guests;

  constructor(context: Context, place: Place, door: Door, log: EventLog, flags: Flags) {
    this.#context = context;
    this.#place = place;
    this.#door = door;
    this.#log = log;
    this.#flags = flags;
    const mayStay = async (peer: PublicKeyHex): Promise<boolean> => isFull(await door.accessOf(peer));
    this.#guests = new Guests({ clock: context.clock, mayStay });
  }

  async run(listener: AppListener): Promise<void> {
    await takeAll(listener, (stream) => void this.#take(stream));
  }

  stop(): void {
    this.#guests.stop();
  }

  async #take(stream: AppStream): Promise<void> {
    const peer = stream.remote.pk;
    const stay = await this.#enter(peer).catch((error: Error) => error.message);
    if (typeof stay === "string") {
      stream.reset();
      return this.#log.say({ event: "refused", peer, reason: stay });
    }
    try {
      await this.#carry(stream, peer, stay);
    } finally {
      stay.leave();
    }
  }

  /** Why a peer is not let in, or its stay. */
  async #enter(peer: PublicKeyHex): Promise<Stay | string> {
    const access = await this.#door.accessOf(peer);
    if (!access) return "not on the list";
    if (!isFull(access)) return "the list limits it (ro, wo or a directory)";
    return this.#guests.enter(peer) ?? "too many connections at once";
  }

  async #carry(stream: AppStream, peer: PublicKeyHex, { signal }: Stay): Promise<void> {
    const { clock } = this.#context;
    let service: Breakable;
    try {
      service = await connectLocal(this.#place, clock, signal);
    } catch (error) {
      stream.reset();
      if (!signal.aborted) this.#log.say({ event: "no-service", peer, reason: (error as Error).message });
      return;
    }
    const carried: Carried = { forth: 0, back: 0 };
    let reason: string | undefined;
    try {
      await join(service, stream, { clock, signal, idleMs: this.#flags.idle }, carried);
    } catch (error) {
      reason = (error as Error).message;
    }
    if (!this.#flags.verbose) return;
    const event = reason === undefined ? "closed" : "broken";
    this.#log.say({ event, peer, received: carried.back, sent: carried.forth, reason });
  }
}

const isFull = (access: Access | undefined): boolean =>
  access !== undefined && access.read && access.write && access.directory === undefined;
