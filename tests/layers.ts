/**
 * The layer picture as a table, and what a file does against it. Pure; layers_test.ts feeds it the program.
 *
 * @module
 */

/** Which rooms a room may import. A list names the only files of that room which it may see. */
type Sight = Readonly<Record<string, "all" | readonly string[]>>;

const BASE: Sight = { crypto: "all", wire: "all", sys: "all" };

/** The entry, its parts and its texts: what a discovery needs of dmsg. No client, no session, no carrier. */
const ENTRY_FILES = [
  "addr.ts",
  "errors.ts",
  "discovery/client.ts",
  "discovery/http_body.ts",
  "discovery/texts.ts",
  "discovery/urls.ts",
  "entries/entry.ts",
  "entries/read.ts",
];

/** What can be asked of an identity: one interface for each member of App. */
const APP_TYPES = [
  "app.ts",
  "through.ts",
  "events/events.ts",
  "files/files.ts",
  "groups/groups.ts",
  "messages/messages.ts",
  "node/node.ts",
  "outbox/outbox.ts",
  "overlays/overlays.ts",
  "pairs/pairs.ts",
  "peers/peers.ts",
];
/** The types of what is kept; only app/here.ts picks an adapter. */
const STORE_TYPES = ["store.ts", "rows/keys.ts"];

/** By room; a room always sees itself. `main`, `cli` and `tui` are rooms outside lib/. */
export const SIGHT: Readonly<Record<string, Sight>> = {
  sys: { wire: ["errors.ts", "bytes.ts", "whole_json.ts", "lanes.ts", "folded.ts"] },
  wire: { sys: ["clock.ts"] },
  crypto: { wire: "all", sys: ["random.ts", "curve_wasm.ts"] },
  noise: BASE,
  yamux: BASE,
  dmsg: { noise: "all", yamux: "all", ...BASE },
  discovery: { dmsg: ENTRY_FILES, ...BASE },
  identity: BASE,
  store: BASE,
  cxo: { store: STORE_TYPES, ...BASE },
  chat: { store: STORE_TYPES, ...BASE },
  scp: { store: STORE_TYPES, ...BASE },
  xfer: { store: STORE_TYPES, ...BASE },
  group: { chat: "all", cxo: "all", pair: ["keys.ts"], store: STORE_TYPES, ...BASE },
  // The owner's socket offers the same App: it knows its members.
  owner: { app: APP_TYPES, identity: ["lock.ts"], ...BASE },
  pair: { cxo: "all", store: STORE_TYPES, ...BASE },
  overlay: BASE,
  bridge: BASE,
  bot: { overlay: ["widget.ts"], ...BASE },
  app: {
    bridge: ["guests.ts", "taking.ts", "web_server.ts"],
    group: "all",
    pair: "all",
    overlay: "all",
    bot: "all",
    chat: "all",
    scp: "all",
    xfer: "all",
    cxo: "all",
    dmsg: "all",
    discovery: "all",
    identity: "all",
    store: "all",
    ...BASE,
  },
  cli: {
    app: "all",
    owner: "all",
    identity: "all",
    discovery: "all",
    dmsg: "all",
    group: "all",
    pair: "all",
    overlay: "all",
    bridge: "all",
    bot: "all",
    chat: "all",
    scp: "all",
    xfer: "all",
    tui: "all",
    ...BASE,
  },
  tui: { app: "all", group: "all", overlay: "all", bot: "all", chat: "all", identity: "all", ...BASE },
  main: { cli: "all", tui: "all" },
};

/** Files and folders that may use `Deno`: the edges of the program. */
const DENO_ALLOWED = [
  "main.ts",
  "cli/",
  "tui/terminal/outside.ts",
  "tui/terminal/terminal.ts",
  "lib/sys/",
  "lib/store/place/kv.ts",
  "lib/discovery/kv.ts",
  "lib/identity/lock.ts",
  "lib/owner/",
  "lib/dmsg/carriers/",
  "lib/app/node/open.ts",
];

/** Clocks, timers and randomness that a room of lib/ is given instead of taking them. */
const AMBIENT = [
  "Date.now",
  "new Date()",
  "performance.now",
  "setTimeout",
  "setInterval",
  "Math.random",
  "getRandomValues",
  "crypto.randomUUID",
];

/** Packages for tests alone. */
const TEST_PACKAGES = ["fast-check", "@xterm/headless"];

/**
 * What a source file does against the picture.
 * @param path  From the top of the repository, e.g. `lib/noise/secure.ts`.
 * @returns One sentence for each finding, naming the file and the import or call.
 */
export function problemsOf(path: string, source: string): string[] {
  const code = withoutComments(source);
  return [
    ...importsOf(code).flatMap(({ target, lazy }) => importProblem(path, target, lazy) ?? []),
    ...usesOf(path, code),
  ];
}

/** Specifiers of static, re-exporting and lazy imports. */
export function importsOf(code: string): { target: string; lazy: boolean }[] {
  return [...code.matchAll(/\b(?:from|import)\s*(\(\s*)?"([^"]+)"/g)]
    .map(([, lazy, target]) => ({ target, lazy: lazy !== undefined }));
}

function importProblem(path: string, target: string, lazy: boolean): string | undefined {
  if (target.startsWith("node:")) {
    return lazy
      ? undefined
      : `${path} imports "${target}": node built-ins cost start-up time, import them lazily`;
  }
  if (!target.startsWith(".")) {
    return TEST_PACKAGES.includes(target) ? `${path} imports "${target}": it is for tests` : undefined;
  }
  const file = resolve(path, target);
  const [from, to] = [roomOf(path), roomOf(file)];
  if (from === to && from !== undefined) return undefined;
  const known = from === undefined ? undefined : SIGHT[from];
  if (known === undefined) return `${path}: room "${from}" is not in the layer picture`;
  const seen = to === undefined ? undefined : known[to];
  if (seen === undefined) {
    return `${path} imports "${target}": ${from} must not know ${to ?? "what is outside the rooms"}`;
  }
  const inRoom = file.split("/").slice(to === "cli" || to === "tui" ? 1 : 2).join("/");
  if (seen === "all" || seen.includes(inRoom)) return undefined;
  return `${path} imports "${target}": of ${to}, ${from} may know ${seen.join(", ")} only`;
}

function usesOf(path: string, code: string): string[] {
  const problems: string[] = [];
  if (/\bDeno\./.test(code) && !DENO_ALLOWED.some((allowed) => path === allowed || inFolder(path, allowed))) {
    problems.push(`${path} uses Deno.*: only ${DENO_ALLOWED.join(", ")} may`);
  }
  if (inFolder(path, "lib/") && !inFolder(path, "lib/sys/")) {
    // What an object calls a member of its own is no use.
    const used = code.replace(/\bset(?:Timeout|Interval):/g, "");
    for (const use of AMBIENT) {
      if (used.includes(use)) problems.push(`${path} uses ${use}: take a Clock or a Random as an argument`);
    }
  }
  return problems;
}

/**
 * Files that import each other in a ring, also by types alone and lazily: one of them holds what belongs in two.
 * @param sources  The program's files: path from the top of the repository, and text.
 * @returns Each ring once, as `a → b → a`.
 */
export function circlesIn(sources: ReadonlyMap<string, string>): string[] {
  const targets = (path: string): string[] =>
    importsOf(withoutComments(sources.get(path) ?? ""))
      .filter(({ target }) => target.startsWith("."))
      .map(({ target }) => resolve(path, target));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const before = way.indexOf(path);
    if (before >= 0) circles.push([...way.slice(before), path].join(" → "));
    if (before >= 0 || done.has(path)) return;
    for (const target of targets(path)) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return circles;
}

/**
 * What runs with files: themselves, what they import, and so on; neither types nor what is imported lazily.
 * @param sources  As in {@link circlesIn}.
 */
export function runsWith(roots: readonly string[], sources: ReadonlyMap<string, string>): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const code = withoutComments(sources.get(path) ?? "").replace(/\b(?:import|export) type [^;]*;/g, "");
    for (const { target, lazy } of importsOf(code)) {
      if (!lazy && target.startsWith(".")) visit(resolve(path, target));
    }
  };
  roots.forEach(visit);
  return found;
}

const inFolder = (path: string, folder: string): boolean => folder.endsWith("/") && path.startsWith(folder);

/** `noise` of lib/noise/…, `cli`, `tui`, `main`; undefined for anything else. */
function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts[0] === "lib" && parts.length > 2) return parts[1];
  if (parts[0] === "cli" || parts[0] === "tui") return parts[0];
  return path === "main.ts" ? "main" : undefined;
}

function resolve(from: string, target: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Examples in comments import and call what the code must not. */
const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
