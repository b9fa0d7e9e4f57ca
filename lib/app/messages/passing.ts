/**
 * Messages to ports that are not ours: they pass through the streams of an App, and nothing is kept of them.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import type { AppNode } from "../node/node.ts";
import type { Messages } from "./messages.ts";
import { reportOf } from "../lean.ts";
import { Messenger } from "./messenger.ts";

/** Sends, and ends its connections. */
export interface Passing extends Pick<Messages, "send"> {
  /** Ends the connections. */
  close(): void;
}

/**
 * Makes it.
 * @param node  Carries the streams; stays open.
 */
export function passingThrough(node: Pick<AppNode, "dial">, clock: Clock, random: Random): Passing {
  const listen = (): never => {
    throw new TypeError("what passes through listens on nothing");
  };
  const network = { dial: node.dial.bind(node), listen };
  const messenger = new Messenger({ network, clock, random });
  return {
    async send({ to, text, waitMs }, signal) {
      const startedMs = clock.nowMs();
      const outcome = await messenger.send(to, text, { waitMs, signal });
      return { ...reportOf(outcome), ms: clock.nowMs() - startedMs };
    },
    close: () => messenger.close(),
  };
}
