/**
 * What `http serve` does once it listens: a handler for its source, and a connection for each stream.
 *
 * @see lib/bridge/README.md "HTTP"
 * @module
 */
import type { AppListener, AppStream } from "../../lib/app/node/node.ts";
import { type GuestParts, Guests } from "../../lib/bridge/guests.ts";
import { takeAll } from "../../lib/bridge/taking.ts";
import { type Place, placeText } from "../../lib/bridge/tcp.ts";
import { webFiles } from "../../lib/bridge/web_files.ts";
import { webProxy } from "../../lib/bridge/web_proxy.ts";
import { openWebServer, type WebHandler, type WebServer } from "../../lib/bridge/web_server.ts";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { Access } from "../../lib/scp/whitelist.ts";
import { subTree, type Tree } from "../../lib/sys/tree/tree.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import type { Door } from "../flags/guests.ts";
import type { EventLog } from "../resident/event_log.ts";
import { checkDirectory, sharedRoot } from "./shared_root.ts";

/** What is served. */
export type WebSource = { readonly kind: "directory"; readonly path: string } | {
  readonly kind: "service";
  readonly place: Place;
};

/**
 * Reads the argument of `http serve`.
 * @throws {UserError} local: no directory; usage: a URL that is not just a place of this machine that speaks HTTP.
 */
export async function sourceOf(text: string): Promise<WebSource> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: "service", place: placeOf(text) };
  await checkDirectory(text, "Give a directory, or a URL such as http://127.0.0.1:3000.");
  return { kind: "directory", path: await Deno.realPath(text) };
}

function placeOf(text: string): Place {
  const url = URL.parse(text);
  const bare = url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" &&
    url.password === "";
  if (url?.protocol !== "http:" || !bare) {
    // It may hold a password: it is not said back.
    throw new UserError("That URL can't be served: it has to be http://HOST:PORT and nothing else", {
      kind: "usage",
      hint: "For example http://127.0.0.1:3000; a path, a password and https are not possible.",
    });
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // A service elsewhere would be asked in our name by whoever reaches us.
  if (!/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(hostname)) {
    throw new UserError("Only a service of this machine can be served", {
      kind: "usage",
      hint: "Its URL begins with http://127.0.0.1, http://[::1] or http://localhost.",
    });
  }
  return { hostname, port: Number(url.port || 80) };
}

/** What a host is made of. */
export interface WebHostParts {
  /** What is served. */
  readonly source: WebSource;
  /** `PK:PORT` of ours. */
  readonly address: string;
  /** Who may ask. */
  readonly door: Door;
  /** Says what happens. */
  readonly log: EventLog;
  /** `--verbose` tells each request; the named lists are kept from peers. */
  readonly flags: { readonly verbose: boolean; readonly whitelist?: string; readonly config?: string };
}

/** Serves streams. */
export class WebHost {
  /** The directory's absolute path, or the service's URL. */
  readonly shown: string;
  readonly #server: WebServer;
  readonly #mayStay: (peer: PublicKeyHex) => Promise<boolean>;
  readonly #guests: Guests;
  /** Who may not stay is told so, in places of its own: keys cost nothing, and those on the list need theirs. */
  readonly #strangers: Guests;
  readonly #log: EventLog;

  /** For {@link open}. */
  private constructor(shown: string, server: WebServer, parts: GuestParts, log: EventLog) {
    this.shown = shown;
    this.#server = server;
    this.#mayStay = parts.mayStay;
    this.#guests = new Guests(parts);
    this.#strangers = new Guests(parts);
    this.#log = log;
  }

  /**
   * Loads what is needed.
   * @throws {UserError} usage: the directory can't be shared.
   */
  static async open(context: Context, opened: CommandApp, parts: WebHostParts): Promise<WebHost> {
    const { clock } = context;
    const { door, log, flags } = parts;
    const { shown, handler } = await handlerOf(context, opened, parts);
    const server = await openWebServer({
      clock,
      handler,
      onAnswered: ({ pk }, { method, target, status, whole }) => {
        if (flags.verbose) log.say({ event: "request", peer: pk, method, target, status, whole });
      },
    });
    const mayStay = async (peer: PublicKeyHex): Promise<boolean> => await door.accessOf(peer) !== undefined;
    return new WebHost(shown, server, { clock, mayStay }, log);
  }

  /** Serves everything that comes. */
  async run(listener: AppListener): Promise<void> {
    await takeAll(listener, (stream) => void this.#take(stream));
  }

  /** Cuts off what is served. */
  stop(): void {
    this.#guests.stop();
    this.#strangers.stop();
  }

  async #take(stream: AppStream): Promise<void> {
    const { pk } = stream.remote;
    const isKnown = await this.#mayStay(pk).catch(() => false);
    const stay = (isKnown ? this.#guests : this.#strangers).enter(pk);
    if (!stay) {
      stream.reset();
      return this.#log.say({ event: "refused", peer: pk, reason: "too many connections at once" });
    }
    try {
      await this.#server.serve(stream, { pk }, stay.signal);
    } finally {
      stay.leave();
    }
  }
}

async function handlerOf(
  context: Context,
  { settings }: CommandApp,
  { source, address, door, flags }: WebHostParts,
): Promise<{ shown: string; handler: WebHandler }> {
  if (source.kind === "service") {
    const { place } = source;
    const handler = await webProxy({
      place,
      authority: address,
      mayCall: async ({ pk }, method) => mayCall(await door.accessOf(pk), method),
    });
    return { shown: `http://${placeText(place)}`, handler };
  }
  const lists = [flags.whitelist, flags.config].filter((path) => path !== undefined);
  const { root, tree } = await sharedRoot(context, settings, source.path, {
    lists,
    hint: "Name a directory that holds nothing but what peers may see.",
  });
  const { default: mime } = await import("mime/lite");
  const handler = webFiles({
    treeOf: async ({ pk }) => treeOf(tree, await door.accessOf(pk)),
    digest: await loadSha256(),
    typeOf: (name) => /\.[^./]+$/.test(name) ? mime.getType(name) : null,
  });
  return { shown: root, handler };
}

/** Methods that change nothing (RFC 9110 §9.2.1). */
const READING = ["GET", "HEAD", "OPTIONS"];

/** A service knows no directories of ours: whom the list limits to one does not see it. */
const mayCall = (access: Access | undefined, method: string): boolean =>
  access !== undefined && access.directory === undefined && access.read &&
  (access.write || READING.includes(method));

const treeOf = (tree: Tree, access: Access | undefined): Tree | undefined => {
  if (!access?.read) return undefined;
  return access.directory === undefined ? tree : subTree(tree, access.directory);
};
