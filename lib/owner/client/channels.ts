/**
 * Connections to one owner: for calls, and one more for each subscription and stream.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import { UserError } from "../../wire/errors.ts";
import type { OwnerPaths } from "../path.ts";
import type { Channel } from "../rpc/channel.ts";
import { OwnerGone, OwnerSilent } from "../rpc/errors.ts";
import { connectToOwner, type OwnerConnection } from "../socket.ts";
import { greet, type Hello } from "./caller.ts";

/** An owner that accepts and then says nothing for so long is stopped or stuck. */
const HELLO_MS = 3_000;

/** What {@link reach} works with. */
export interface RemoteRequest {
  /** Where the owner may listen. */
  readonly paths: OwnerPaths;
  /** The key that the owner must have; any when left out. */
  readonly pk?: PublicKeyHex;
  /** For the time limit of the hello. */
  readonly clock: Clock;
  /** A shorter limit than 3 s. */
  readonly limitMs?: number;
}

/**
 * Connects to an owner and says hello.
 * @param known  A connection on which nothing was said yet, when there is one; owned from now on.
 * @returns undefined when there is none that answers.
 * @throws {UserError} busy: it speaks another protocol or has another key · refused: the socket is not ours.
 * @throws {OwnerSilent} It does not answer.
 */
export async function reach(
  { paths, pk, clock, limitMs = HELLO_MS }: RemoteRequest,
  known?: OwnerConnection,
): Promise<{ channel: Channel; hello: Hello } | undefined> {
  const connection = known ?? await connectToOwner(paths);
  if (connection === undefined) return undefined;
  const waitMs = Math.max(0, Math.min(limitMs, HELLO_MS));
  return await within(clock, waitMs, greet(connection, pk), () => new OwnerSilent()).catch((error) => {
    connection.duplex.close();
    if (error instanceof UserError || error instanceof OwnerSilent) throw error;
    return undefined;
  });
}

/** The connections that are bound to one owner's instance. */
export class RemoteChannels {
  readonly #request: RemoteRequest;
  readonly #instance: string;
  readonly #open = new Set<Channel>();

  /** None is open. @param hello  What that owner has said of itself. */
  constructor(request: RemoteRequest, hello: Hello) {
    this.#request = { ...request, limitMs: undefined, pk: hello.pk };
    this.#instance = hello.instance;
  }

  /** One more connection. @throws {OwnerGone} There is another owner now, or none. */
  async open(): Promise<Channel> {
    const reached = await reach(this.#request).catch((error) => {
      throw error instanceof OwnerSilent ? new OwnerGone(error) : error;
    });
    // Another owner than the one that we know would not know our streams, listeners and control connection.
    if (reached === undefined || reached.hello.instance !== this.#instance) {
      reached?.channel.close();
      throw new OwnerGone();
    }
    this.#open.add(reached.channel);
    return reached.channel;
  }

  /** From now on it ends as a stream does, behind its last byte. */
  keep(channel: Channel): void {
    this.#open.delete(channel);
  }

  /** Ends one; for the owner that means: give it up. */
  drop(channel: Channel): void {
    this.#open.delete(channel);
    channel.close();
  }

  /** Ends all. */
  close(): void {
    for (const channel of this.#open) channel.close();
    this.#open.clear();
  }
}
