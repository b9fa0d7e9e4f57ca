/**
 * JSON objects in which a member stands more than once. Go puts each of them into the struct, in the order of the
 * text; `JSON.parse` keeps the last one, in the place of the first.
 *
 * @see lib/wire/README.md "JSON as Go reads it"
 * @module
 */

/** Under it an object of {@link parseTwins} has all its members in the order of the text. */
const ALL = Symbol("all members");

type Parsed = Record<string, unknown> & { [ALL]?: readonly [string, unknown][] };

/**
 * Shows all members of an object, also those that stand more than once.
 * @param visit  Called for each, in the order of the text; false ends it.
 * @returns Whether no call said false.
 */
export function eachMember(
  object: Readonly<Record<string, unknown>>,
  visit: (name: string, value: unknown) => boolean,
): boolean {
  const all = (object as Parsed)[ALL];
  if (all) return all.every(([name, value]) => visit(name, value));
  for (const name in object) if (!visit(name, object[name])) return false; // its own alone, and no list of them
  return true;
}

/**
 * Whether some object in a text may have a member twice.
 * @param text  JSON.
 * @param value  What `JSON.parse` made of it.
 * @returns False: certainly none. A text with a colon behind a quotation mark in one of its strings can be taken for one.
 */
export function mayHaveTwins(text: string, value: unknown): boolean {
  let colons = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    if (isBehindName(text, at)) colons++;
  }
  return colons !== countMembers(value);
}

/** Whether a quotation mark that is not escaped stands in front of a colon. */
function isBehindName(text: string, colon: number): boolean {
  let at = colon - 1;
  while (SPACE.has(text.charCodeAt(at))) at--;
  if (text.charCodeAt(at) !== QUOTE) return false;
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 0;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + countMembers(entry), 0);
  let count = 0;
  for (const name in value) count += 1 + countMembers((value as Parsed)[name]);
  return count;
}

/** Strings and whatever else stands between brackets, commas and colons; in JSON one of them is at each place but spaces. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/ys;

interface Open {
  readonly members?: [string, unknown][];
  readonly entries?: unknown[];
  name?: string;
}

/**
 * Parses a text of which it is known that it is JSON, and keeps every member.
 * @param text  An object or a list.
 * @param plain  Makes a value of the text of one that holds no others.
 * @returns The value; objects in it are to be asked with {@link eachMember}.
 */
export function parseTwins(text: string, plain: (token: string) => unknown): unknown {
  const open: Open[] = [];
  let done: unknown;
  const put = (value: unknown): void => {
    const inside = open.at(-1);
    if (inside === undefined) done = value;
    else if (inside.entries) inside.entries.push(value);
    else {
      inside.members!.push([inside.name!, value]);
      inside.name = undefined;
    }
  };
  for (const token of tokensOf(text)) {
    const inside = open.at(-1);
    if (token === "{") open.push({ members: [] });
    else if (token === "[") open.push({ entries: [] });
    else if (token === "}" || token === "]") put(closed(open.pop()!));
    else if (token === "," || token === ":") continue;
    else if (inside?.members && inside.name === undefined) inside.name = JSON.parse(token);
    else put(plain(token));
  }
  return done;
}

/** Several objects as one that has the members of all of them, one behind the other. */
export function joined(objects: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const members: [string, unknown][] = [];
  for (const object of objects) eachMember(object, (name, value) => members.push([name, value]) > 0);
  return closed({ members }) as Record<string, unknown>;
}

/** Each with as little garbage as can be: a peer may send 64 KiB of one byte each. */
function* tokensOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    if (SPACE.has(text.charCodeAt(at))) {
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    TOKEN.test(text);
    const end = TOKEN.lastIndex;
    yield text.slice(at, end);
    at = end;
  }
}

function closed({ members, entries }: Open): unknown {
  if (entries) return entries;
  const object: Parsed = {};
  // "__proto__" is a member like others, which an assignment would not make it.
  for (const [name, value] of members!) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return Object.defineProperty(object, ALL, { value: members });
}
