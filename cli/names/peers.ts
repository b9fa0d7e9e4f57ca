/**
 * Peers as people name them: by key, or by the name that they have in the alias file.
 *
 * @see lib/identity/aliases.ts; specification skychat d.1
 * @module
 */
import { type GroupView, isGroupId } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { parsePublicKey, type PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Addr } from "../../lib/dmsg/addr.ts";
import { type Aliases, readAliases, resolvePeer } from "../../lib/identity/aliases.ts";
import { CopyError } from "../../lib/scp/errors.ts";
import { NetworkError, ProtocolError, UserError } from "../../lib/wire/errors.ts";
import { parsePort } from "../flags/address.ts";
import type { Context } from "../context.ts";
import { visible } from "../output/escape.ts";
import { AnswerError, type Failure } from "../exit.ts";
import { hasKey, shortKeys, withNames } from "../words/people.ts";

/** The parts of the system that aliases come from. */
export type Host = Pick<Context, "env" | "files" | "os">;

/** Names are read again after this, milliseconds: a program that stays learns new ones. */
const FRESH_MS = 10_000;

/**
 * The key that a person means.
 * @param text  A key, either case, or the name of an alias.
 * @throws {UserError} As `resolvePeer`.
 */
export async function peerNamed(host: Host, text: string): Promise<PublicKeyHex> {
  if (isKey(text)) return text.toLowerCase(); // most are keys, which need no file
  return await resolvePeer(text, await readAliases(host));
}

/**
 * A peer and one of its ports.
 * @param text  `PEER` or `PEER:PORT`.
 * @param defaultPort  The port of a bare peer; without it a port must be given.
 * @throws {UserError} usage: no such peer, or not a port.
 */
export async function addressNamed(host: Host, text: string, defaultPort?: number): Promise<Addr> {
  const at = text.indexOf(":");
  const pk = await peerNamed(host, at < 0 ? text : text.slice(0, at));
  if (at < 0 && defaultPort === undefined) throw badAddress("a port is missing: PK:PORT");
  try {
    return { pk, port: at < 0 ? defaultPort! : parsePort(text.slice(at + 1)) };
  } catch (error) {
    throw error instanceof SyntaxError ? badAddress(error.message) : error;
  }
}

/** Names of keys, for what is printed. */
export class PeerNames {
  readonly #host: Host & Pick<Context, "clock">;
  #names = new Map<string, string>();
  #groups: (() => Promise<readonly GroupView[]>) | undefined;
  #untilMs = -Infinity;

  /** Reads nothing before {@link load}. */
  constructor(host: Host & Pick<Context, "clock">) {
    this.#host = host;
  }

  /** Reads the names when those that we have are older than 10 s. A file that can't be read has no names. */
  async load(): Promise<void> {
    const nowMs = this.#host.clock.nowMs();
    if (nowMs < this.#untilMs) return;
    this.#untilMs = nowMs + FRESH_MS;
    const aliases: Aliases = await readAliases(this.#host).catch(() => new Map());
    this.#names = new Map();
    for (const [name, pk] of aliases) if (!this.#names.has(pk)) this.#names.set(pk, name);
    for (const { id, name } of await this.#groups?.().catch(() => []) ?? []) {
      this.#names.set(id, visible(name));
    }
  }

  /** Names groups as well, from the next {@link load} on. @param groups  All of them. */
  withGroups(groups: () => Promise<readonly GroupView[]>): this {
    this.#groups = groups;
    this.#untilMs = -Infinity;
    return this;
  }

  /** Reads the names when that of a conversation is not known: a group may be new. */
  async loadFor(conversation: ConversationId): Promise<void> {
    if (isGroupId(conversation) && this.of(conversation) === undefined) this.#untilMs = -Infinity;
    await this.load();
  }

  /** The name of a peer or a group; undefined when it has none. */
  of(conversation: ConversationId): string | undefined {
    return this.#names.get(conversation);
  }

  /** The name of the one peer whose key begins so; undefined when none has a name, or several have. */
  ofBeginning(digits: string): string | undefined {
    const found = [...this.#names].filter(([conversation]) => conversation.startsWith(digits));
    return found.length === 1 ? found[0][1] : undefined;
  }

  /** The name of an address, `alice:22`; undefined when its peer has none. */
  ofAddress({ pk, port }: Addr): string | undefined {
    const name = this.of(pk);
    return name && `${name}:${port}`;
  }

  /** As {@link of}, or its key or id. */
  shown(conversation: ConversationId): string {
    return this.of(conversation) ?? conversation;
  }
}

function isKey(text: string): boolean {
  try {
    parsePublicKey(text);
    return true;
  } catch {
    return false;
  }
}

/** Names that are read already: for a command that tells of peers now and then. */
export async function namesIn(context: Host & Pick<Context, "clock">): Promise<PeerNames> {
  const names = new PeerNames(context);
  await names.load();
  return names;
}

const badAddress = (why: string): UserError =>
  new UserError(`The value for address can't be used: ${why}`, {
    kind: "usage",
    hint: "Give PK:PORT; for the key also a name that `dmsg alias ls` shows.",
  });

/** What is told of keys in other words: by names, for people. */
export interface PeopleWords {
  /** As {@link forPeople}. */
  failure(failure: Failure): Failure;
  /** A sentence with names; keys that have none are whole, and as JSON all are. */
  text(text: string): string;
}

/** For who tells of several failures, of peers that are named already: reads the names once. */
export async function peopleWords(
  context: Host & Pick<Context, "clock" | "print">,
): Promise<PeopleWords> {
  const { mode } = context.print;
  if (mode.json) return { failure: (failure) => failure, text: (text) => text };
  const names = new PeerNames(context);
  await names.load();
  const nameOf = (pk: PublicKeyHex): string | undefined => names.of(pk);
  return {
    failure(failure) {
      const { cause, message } = failure;
      const isOfNetwork = [NetworkError, ProtocolError, CopyError, AnswerError]
        .some((kind) => cause instanceof kind);
      const isShort = isOfNetwork && !mode.verbose;
      return { ...failure, message: (isShort ? shortKeys : withNames)(message, nameOf) };
    },
    text: (text) => withNames(text, nameOf),
  };
}

/**
 * A failure whose message has names instead of keys; as JSON it keeps the keys. The network's errors are of the peer and
 * the servers that were tried, whom everybody has named himself: of those without a name the beginning of the key is
 * enough, and `--verbose` has all of it.
 */
export async function forPeople(
  context: Host & Pick<Context, "clock" | "print">,
  failure: Failure,
): Promise<Failure> {
  if (context.print.mode.json || !hasKey(failure.message)) return failure;
  return (await peopleWords(context)).failure(failure);
}
