/**
 * One function for each endpoint, and the table that says where they are.
 *
 * @see specification dmsg §7
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { verify } from "../crypto/sign.ts";
import { DISCOVERY_TEXTS } from "../dmsg/discovery/texts.ts";
import type { Entry } from "../dmsg/entries/entry.ts";
import { fromHex, utf8 } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";
import { goTrim } from "../wire/go_json.ts";
import { badInput, empty, json, message, unexpected } from "./answers.ts";
import { expiryMs, postedText, readPosted, validateDelete, validatePost } from "./rules.ts";
import type { Service } from "./service.ts";
import type { StoredClient } from "./store.ts";
import { keyOf, keysOf, signatureOf, textsOf, upTo } from "./texts.ts";

/** What the router found in the URL. */
export interface Found {
  /** The variable part of the path, or empty. */
  readonly part: string;
  /** The query. */
  readonly query: URLSearchParams;
}

/** One line of the table. */
export interface Route {
  /** HTTP method. */
  readonly method: "GET" | "POST" | "DELETE";
  /** The whole path; its group is the variable part. */
  readonly path: RegExp;
  /** Whether a classic discovery lacks it. */
  readonly current?: boolean;
  /** Answers. A rejection becomes 500. */
  readonly handle: (service: Service, request: Request, found: Found) => Response | Promise<Response>;
}

/** All endpoints. */
export const ROUTES: readonly Route[] = [
  { method: "GET", path: /^\/dmsg-discovery\/entry\/([^/]+)$/, handle: getEntry },
  { method: "POST", path: /^\/dmsg-discovery\/entry\/([^/]*)$/, handle: postEntry },
  { method: "DELETE", path: /^\/dmsg-discovery\/entry$/, handle: deleteEntry },
  { method: "GET", path: /^\/dmsg-discovery\/entries$/, handle: getClients },
  { method: "GET", path: /^\/dmsg-discovery\/visorEntries$/, handle: getVisors },
  { method: "GET", path: /^\/dmsg-discovery\/available_servers$/, handle: getAvailableServers },
  { method: "GET", path: /^\/dmsg-discovery\/all_servers$/, handle: getAllServers },
  { method: "DELETE", path: /^\/dmsg-discovery\/deregister$/, handle: deregister },
  { method: "GET", path: /^\/health$/, handle: getHealth },
  { method: "POST", path: /^\/dmsg-discovery\/entries\/batch$/, current: true, handle: postBatch },
  { method: "GET", path: /^\/dmsg-discovery\/servers\/clients$/, current: true, handle: getClientsByServer },
  {
    method: "GET",
    path: /^\/dmsg-discovery\/server\/([^/]+)\/clients$/,
    current: true,
    handle: getClientsOf,
  },
];

/** Most servers of `available_servers`. */
const MAX_AVAILABLE = 512;
/** How often a post runs into another post of the same key before it fails. */
const PUT_ATTEMPTS = 5;
/** Bytes of a key in a JSON list, with its quotes and comma. */
const LISTED_KEY_BYTES = 69;

async function getEntry({ store, nowMs }: Service, _request: Request, { part }: Found): Promise<Response> {
  const pk = keyOf(part);
  if (pk === undefined) return badInput();
  const kept = await store.get(pk, nowMs());
  return kept ? json(kept.text) : message(404, DISCOVERY_TEXTS.notFound);
}

async function postEntry(service: Service, request: Request, { query }: Found): Promise<Response> {
  const posted = await postedEntry(service, request);
  if (posted instanceof Response) return posted;
  const { store, clock, clientLifetimeMs } = service;
  for (let attempt = 0; attempt < PUT_ATTEMPTS; attempt++) {
    const nowMs = service.nowMs();
    const stored = (await store.get(posted.entry.static, nowMs))?.entry;
    const verdict = validatePost({ ...service, ...posted, stored, nowNs: clock.wallNs() });
    if (verdict.status !== 200) return message(verdict.status, verdict.message);
    const { entry, text } = verdict;
    const expiresAtMs = expiryMs(entry, nowMs, { short: query.get("timeout") === "true", clientLifetimeMs });
    const result = await store.put({ entry, text, expiresAtMs }, stored?.sequence, nowMs);
    if (result === "stored") return message(200, verdict.message);
    if (result === "full") throw new Error("the store takes no further entry");
  }
  throw new Error(`"${posted.entry.static}" was posted by several writers at once`);
}

async function deleteEntry(service: Service, request: Request): Promise<Response> {
  const posted = await postedEntry(service, request);
  if (posted instanceof Response) return posted;
  const refusal = validateDelete({ ...service, ...posted, nowNs: service.clock.wallNs() });
  if (refusal) return message(refusal.status, refusal.message);
  await service.store.delete(posted.entry.static);
  return message(200, DISCOVERY_TEXTS.deleted);
}

/** The entry in a body, or the answer when there is none. */
async function postedEntry(
  service: Service,
  request: Request,
): Promise<{ entry: Entry; receivedText?: string } | Response> {
  const body = await service.body(request);
  if (typeof body !== "string") return body;
  try {
    const text = postedText(body);
    const entry = readPosted(text, service.generation);
    return service.generation === "current" ? { entry, receivedText: text } : { entry };
  } catch (error) {
    if (error instanceof ProtocolError) return unexpected();
    throw error;
  }
}

async function getClients({ store, nowMs }: Service): Promise<Response> {
  return json(JSON.stringify((await store.clients(nowMs())).map(({ pk }) => pk)));
}

async function getVisors({ store, nowMs }: Service): Promise<Response> {
  const visors = (await store.clients(nowMs())).filter(({ clientType }) => clientType === "visor");
  return json(JSON.stringify(visors.map(({ pk }) => pk)));
}

async function getAvailableServers({ store, nowMs, limits }: Service): Promise<Response> {
  const room = ({ entry }: { entry: Entry }) => entry.server?.availableSessions ?? 0;
  const servers = (await store.servers(nowMs())).filter((kept) => room(kept) > 0);
  servers.sort((a, b) => room(b) - room(a));
  return serverList(servers.slice(0, MAX_AVAILABLE), limits.listBytes);
}

async function getAllServers({ store, nowMs, limits }: Service): Promise<Response> {
  return serverList(await store.servers(nowMs()), limits.listBytes);
}

function serverList(servers: readonly { text: string }[], maxBytes: number): Response {
  if (servers.length === 0) return message(404, DISCOVERY_TEXTS.noServers);
  return json(`[${upTo(maxBytes, servers.map(({ text }) => text)).join(",")}]`);
}

/** A network monitor drops entries of others; errors before the keys have empty bodies. */
async function deregister(service: Service, request: Request): Promise<Response> {
  const monitor = request.headers.get("nm-pk") ?? "";
  if (!service.networkMonitors?.has(monitor)) return empty(403);
  const pk = keyOf(monitor);
  const signature = signatureOf(request.headers.get("nm-sign") ?? "");
  if (pk === undefined || signature === undefined) return empty(400);
  if (!verify(fromHex(pk), signature, utf8(pk))) return empty(403);
  const text = await service.body(request);
  if (typeof text !== "string") return text;
  const names = textsOf(text);
  if (names === undefined) return empty(400);
  const keys = keysOf(names);
  if (keys === undefined) return badInput();
  for (const key of keys) await service.store.delete(key);
  return json("null");
}

function getHealth({ build, startedAt, dmsgAddress, dmsgServers }: Service): Response {
  const servers = dmsgServers?.() ?? [];
  return json(JSON.stringify({
    build_info: build ?? { version: "unknown", commit: "unknown", date: "unknown" },
    started_at: startedAt.toISOString(),
    dmsg_address: dmsgAddress || undefined,
    dmsg_servers: servers.length > 0 ? servers : undefined,
  }));
}

async function postBatch(service: Service, request: Request): Promise<Response> {
  const text = await service.body(request);
  if (typeof text !== "string") return text;
  const names = textsOf(text);
  if (names === undefined || names.length > service.limits.batchKeys) return badInput();
  const members: string[] = [];
  for (const name of new Set(names)) {
    const pk = keyOf(goTrim(name)); // as in Go: what is no key is passed over, and a member has the name that was asked
    const kept = pk === undefined ? undefined : await service.store.get(pk, service.nowMs());
    if (kept) members.push(`${JSON.stringify(name)}:${kept.text}`);
  }
  return json(`{${upTo(service.limits.listBytes, members).join(",")}}`);
}

async function getClientsByServer({ store, nowMs, limits }: Service): Promise<Response> {
  const groups = groupByServer(await store.clients(nowMs()), Math.floor(limits.listBytes / LISTED_KEY_BYTES));
  return json(JSON.stringify(Object.fromEntries(groups)));
}

/** Clients of each server; ends after a number of keys. */
function groupByServer(clients: StoredClient[], maxKeys: number): Map<PublicKeyHex, PublicKeyHex[]> {
  const groups = new Map<PublicKeyHex, PublicKeyHex[]>();
  let keys = 0;
  for (const { pk, servers } of clients) {
    for (const server of new Set(servers)) {
      const group = groups.get(server);
      keys += group ? 1 : 2;
      if (keys > maxKeys) return groups;
      if (group) group.push(pk);
      else groups.set(server, [pk]);
    }
  }
  return groups;
}

async function getClientsOf(
  { store, nowMs }: Service,
  _request: Request,
  { part }: Found,
): Promise<Response> {
  const server = keyOf(part);
  if (server === undefined) return badInput();
  const clients = (await store.clients(nowMs())).filter(({ servers }) => servers.includes(server));
  return json(JSON.stringify(clients.map(({ pk }) => pk)));
}
