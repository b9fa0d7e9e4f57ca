/**
 * `dmsg forward`: a port of this machine that leads to a port of a peer.
 *
 * @see lib/bridge/README.md
 * @module
 */
import type { Command } from "@stricli/core";
import { MAX_GUESTS } from "../../lib/bridge/guests.ts";
import { type Breakable, type Carried, join } from "../../lib/bridge/join.ts";
import { listenLocal, type Place, placeText } from "../../lib/bridge/tcp.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { parsePlace } from "../flags/address.ts";
import { commonAliases, type CommonFlags, commonFlags, idleFlag } from "../flags/flags.ts";
import { addressNamed, namesIn } from "../names/peers.ts";
import { EventLog } from "../resident/event_log.ts";
import { stay } from "../resident/stay.ts";

type Flags = CommonFlags & { readonly idle?: number };

/** `dmsg forward`. */
const forward: Command<Context> = command({
  brief: "Make a port of a peer a port of this machine",
  details:
    "Programs on this machine connect to LOCALPORT and reach the peer's PORT: what `dmsg expose` offers there, or any\n" +
    "other program that listens. 0 takes a free port and says which. Every user of this machine can connect, and does\n" +
    "so with our key; HOST:PORT listens elsewhere than on 127.0.0.1.\n" +
    "The end of one direction is passed on while the other goes on, except over servers of 2024, which end both.",
  examples: [
    ["dmsg forward 2222 PK:22", "Then: ssh -p 2222 localhost"],
    ["dmsg forward 0 alice:80", "On a port of the system's choice"],
  ],
  parameters: {
    flags: {
      idle: idleFlag,
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: parsePlace(0), placeholder: "localport", brief: "PORT of 127.0.0.1, or HOST:PORT" },
        { parse: String, placeholder: "address", brief: "PK:PORT of the peer" },
      ],
    },
  },
  async run(context: Context, flags: Flags, place: Place, target: string) {
    const { print } = context;
    const peer = await addressNamed(context, target);
    const opened = await openCommandApp(context, flags, {
      command: "forward",
      resident: true,
      peers: [peer],
    });
    try {
      const forwarder = new Forwarder(context, opened.app, peer, flags);
      const listener = await listenLocal(place, (pipe) => void forwarder.take(pipe));
      try {
        const remote_alias = (await namesIn(context)).ofAddress(peer);
        const joined = { local: placeText(listener.place), remote: formatAddr(peer), remote_alias };
        if (!isLoopback(place)) print.note("forwardOpen", joined);
        print.out("forwarding", { event: "forwarding", ...joined });
        return await stay(context, opened);
      } finally {
        listener.close();
      }
    } finally {
      await opened.app.close();
    }
  },
});

export default forward;

/** Gives each local connection a stream of its own. */
class Forwarder {
  readonly #context: Context;
  readonly #app: KeptApp;
  readonly #peer: Addr;
  readonly #flags: Flags;
  readonly #log: EventLog;
  #count = 0;

  constructor(context: Context, app: KeptApp, peer: Addr, flags: Flags) {
    this.#context = context;
    this.#app = app;
    this.#peer = peer;
    this.#flags = flags;
    this.#log = new EventLog(context);
  }

  /** Never throws. */
  async take(pipe: Breakable): Promise<void> {
    const { clock, signal } = this.#context;
    if (this.#count >= MAX_GUESTS) {
      this.#log.say({ event: "refused", reason: `more than ${MAX_GUESTS} connections at once` });
      return pipe.reset();
    }
    this.#count++;
    const carried: Carried = { forth: 0, back: 0 };
    try {
      const stream = await this.#app.node.dial(this.#peer, signal);
      try {
        await join(pipe, stream, { clock, signal, idleMs: this.#flags.idle }, carried);
      } catch (error) {
        return this.#tell("broken", { reason: (error as Error).message, ...bytesOf(carried) });
      }
      this.#tell("closed", bytesOf(carried));
    } catch (error) {
      pipe.reset();
      if (!signal.aborted) this.#log.say({ event: "unreachable", reason: (error as Error).message });
    } finally {
      this.#count--;
    }
  }

  /** Connections come and go: that is told to who asks. */
  #tell(event: string, rest: Record<string, unknown>): void {
    if (this.#flags.verbose) this.#log.say({ event, ...rest });
  }
}

const bytesOf = ({ forth, back }: Carried) => ({ sent: forth, received: back });

const isLoopback = ({ hostname }: Place): boolean => /^(127\.[\d.]+|::1|localhost)$/.test(hostname);
