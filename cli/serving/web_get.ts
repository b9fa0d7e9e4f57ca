/**
 * Fetching from a peer: which address is meant, where redirects lead, and what an answer means.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import { readDmsgHost } from "../../lib/bridge/dmsg_host.ts";
import { webGet, type WebReply } from "../../lib/bridge/web_client.ts";
import { parsePublicKey } from "../../lib/crypto/keys.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import { NetworkError, ProtocolError, UserError } from "../../lib/wire/errors.ts";
import { parsePort } from "../flags/address.ts";
import type { Context } from "../context.ts";
import { AnswerError } from "../exit.ts";
import { addressNamed, namesIn } from "../names/peers.ts";
import { visible } from "../output/escape.ts";
import type { WebOutput } from "./web_output.ts";

/** The port of web services, as stock programs have it. */
const WEB_PORT = 80;
/** Redirects that are followed; more are a ring. */
const MAX_REDIRECTS = 5;

/** What proves who asks: for the peer and the port that the user has named, and none to which they redirect. */
const OF_WHO_ASKS = new Set(["authorization", "cookie", "proxy-authorization"]);

/** Whom to ask for what. */
export interface Question {
  /** Who and on which port. */
  readonly peer: Addr;
  /** Path and query. */
  readonly target: string;
  /** Which of its sites, where it has several; else it is called by key and port. */
  readonly site?: string;
}

/**
 * Reads `PEER[:PORT][/PATH]`, also behind `dmsg://`; and links for a Go resolver, `http://[SITE.]KEY.dmsg[:PORT]/PATH`.
 * @throws {UserError} usage: no such peer, or not an address.
 */
export async function questionOf(context: Context, text: string): Promise<Question> {
  const [, scheme, authority, path] = /^(?:(dmsg|http):\/\/)?([^/?#]*)(.*)$/is.exec(text)!;
  const target = targetOf(path);
  const named = siteIn(authority);
  if (named !== undefined) return { ...named, target };
  if (scheme?.toLowerCase() === "http") {
    throw new UserError(`No peer is meant by ${visible(text)}`, {
      kind: "usage",
      hint: "A link to a peer is http://KEY.dmsg/PATH or dmsg://KEY/PATH.",
    });
  }
  return { peer: await addressNamed(context, authority, WEB_PORT), target };
}

/** A peer and its site by a name that ends in `.dmsg`. @throws {UserError} usage: not one that can be dialled. */
function siteIn(authority: string): Pick<Question, "peer" | "site"> | undefined {
  const host = readDmsgHost(authority);
  if (host === undefined) return undefined;
  const bad = (message: string): UserError =>
    new UserError(message, { kind: "usage", hint: "See `dmsg http get --help`." });
  if (host === "pinned") throw bad("A server to go through can't be named: take the last key alone");
  const { pk, port, site } = host;
  try {
    const peer = { pk, port: port === undefined ? WEB_PORT : parsePort(port) };
    return site === undefined ? { peer } : { peer, site };
  } catch (error) {
    throw error instanceof SyntaxError ? bad(error.message) : error;
  }
}

/** A path as it goes out: without a fragment, everything but visible ASCII behind `%`. */
function targetOf(path: string): string {
  const { pathname, search } = new URL(path.startsWith("/") ? `http://x${path}` : `http://x/${path}`);
  return pathname + search;
}

/** Parser for a field of a request. @throws {SyntaxError} It is none, or one that we write ourselves. */
export function parseField(input: string): string {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/.exec(input);
  if (!match) throw new SyntaxError("a field is `Name: value`, in visible ASCII");
  if (/^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer)$/i.test(match[1])) {
    throw new SyntaxError("that field is written by the program itself");
  }
  return input;
}

/** What was fetched. */
export interface Got {
  /** `PK:PORT` of who answered. */
  readonly from: string;
  /** What it was asked for. */
  readonly target: string;
  /** HTTP status. */
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  /** Its media type, when it was said; not escaped. */
  readonly type?: string;
}

/**
 * Asks, follows redirects, and writes the body.
 * @throws {AnswerError} The peer told an error, may not be asked, or broke off.
 * @throws {NetworkError} As App.dial.
 * @throws The signal's reason.
 */
export async function fetchFrom(
  context: Context,
  node: Pick<App["node"], "dial">,
  question: Question,
  { header = [], verbose }: { readonly header?: readonly string[]; readonly verbose: boolean },
  output: WebOutput,
  signal: AbortSignal,
): Promise<Got> {
  const all = header.map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const elsewhere = all.filter(([name]) => !OF_WHO_ASKS.has(name.toLowerCase()));
  for (let asked = question, redirects = 0;; redirects++) {
    const { peer, target, site } = asked;
    const host = formatAddr(peer);
    const fields = (host === formatAddr(question.peer) ? all : elsewhere).flat();
    const stream = await node.dial(peer, signal);
    const reply = await webGet(stream, context.clock, { host: site ?? host, target, fields }, signal)
      .catch((error) => Promise.reject(signal.aborted ? signal.reason : answerBroke(host, error)));
    if (verbose) {
      const from_alias = (await namesIn(context)).ofAddress(peer);
      context.print.note("httpAnswer", {
        from: host,
        from_alias,
        status: reply.status,
        reason: reply.reason,
      });
    }
    const next = redirectOf(asked, reply);
    if (next === undefined) return await take(host, target, reply, output, signal);
    reply.close();
    if (redirects >= MAX_REDIRECTS) {
      throw new AnswerError(`${host} redirects in a ring, or more than ${MAX_REDIRECTS} times`, "remote");
    }
    asked = next;
  }
}

async function take(
  host: string,
  target: string,
  reply: WebReply,
  output: WebOutput,
  signal: AbortSignal,
): Promise<Got> {
  const { status, reason, fields } = reply;
  if (status < 200 || status >= 300) {
    reply.close();
    const fault = status === 401 || status === 403 ? "refused" : "remote";
    throw new AnswerError(`${host} answered ${status}${reason === "" ? "" : ` ${reason}`}`, fault);
  }
  let bytes = 0;
  const file = await output.begin(Number(fields["content-length"] ?? 0) || 0);
  try {
    for await (const piece of reply.body) {
      bytes += piece.length;
      await file.write(piece);
    }
    await file.commit();
  } catch (error) {
    await file.discard();
    throw signal.aborted ? signal.reason : answerBroke(host, error);
  } finally {
    reply.close();
  }
  return { from: host, target, status, bytes, type: fields["content-type"] };
}

/** Where an answer leads; undefined when it is the last one. @throws {AnswerError} Where we can't go. */
function redirectOf(
  { peer, target, ...site }: Question,
  { status, fields, close }: WebReply,
): Question | undefined {
  const { location } = fields;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const absolute = /^(?:dmsg|http):\/\/([^/?#]*)(.*)$/is.exec(location);
  const other = absolute && addressOf(absolute[1]);
  if (other) return { ...other, target: targetOf(absolute[2]) };
  const url = absolute || /^[a-z][a-z0-9+.-]*:|^\/\//i.test(location)
    ? undefined
    : URL.parse(location, `http://x${target}`);
  if (url) return { peer, target: url.pathname + url.search, ...site };
  close();
  throw new AnswerError(`${formatAddr(peer)} redirects to ${location}, which is no peer`, "remote");
}

/** A key and a port; what a peer sends is never looked up among our names. */
function addressOf(authority: string): Pick<Question, "peer" | "site"> | undefined {
  try {
    const named = siteIn(authority);
    if (named !== undefined) return named;
    const [pk, port] = authority.split(":");
    parsePublicKey(pk);
    return { peer: { pk: pk.toLowerCase(), port: port === undefined ? WEB_PORT : parsePort(port) } };
  } catch {
    return undefined;
  }
}

/** What broke in an answer is told as that; what the user or the file did stays. */
function answerBroke(host: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  // A limit of ours is told as that. That a server answers no more (`retry`) is the end of a connection as any other.
  if (error instanceof NetworkError && error.reason === "timeout" && !error.retry) return error;
  if (error instanceof NetworkError || error instanceof ProtocolError) {
    return new AnswerError(`The answer of ${host} broke: ${error.message}`, "broken", { cause: error });
  }
  return error;
}
