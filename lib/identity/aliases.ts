/**
 * Names for peers' keys: one flat JSON object, shared with the Go programs.
 *
 * @see specification skychat d.1; lib/identity/README.md "Aliases"
 * @module
 */
import { keyProblem, parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import type { Env } from "../sys/env.ts";
import type { Files } from "../sys/files/files.ts";
import { readKeptJson } from "../sys/files/kept_json.ts";
import { configHome, join, type Os, parent } from "../sys/paths.ts";
import { byBytes, fromUtf8, utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { printable } from "../wire/escape.ts";
import { looksSame } from "../wire/folded.ts";
import { NAME_FAULTS, nameFault } from "../wire/name_fault.ts";

/** Longest alias file: some 10,000 names. */
const MAX_BYTES = 1 << 20;

/** Keys by name. */
export type Aliases = ReadonlyMap<string, PublicKeyHex>;

/** A name that no peer has. */
export class UnknownPeer extends UserError {
  /** The name, as it was given. */
  readonly named: string;
  /** A sentence. @param named  The name. @param hint  What to do about it. */
  constructor(message: string, named: string, hint: string) {
    super(message, { kind: "usage", hint });
    this.named = named;
  }
}

/** What stands in a file by name, keys or not: an entry that somebody mistyped is kept when another changes. */
export type AliasTexts = ReadonlyMap<string, string>;

/** The parts of the system that aliases are kept with. */
export interface AliasHost {
  /** Says where the files are. */
  readonly env: Env;
  /** Reads and writes them. */
  readonly files: Files;
  /** Which rules say where files go. */
  readonly os: Os;
}

/** The two files that may hold aliases. */
export interface AliasPlaces {
  /** In the user's configuration directory, where Go keeps it; its names win. */
  readonly config: string;
  /** In `~/.skywire`, of older texts; undefined without a home directory. */
  readonly seed?: string;
}

/**
 * Where aliases may be.
 * @throws {UserError} usage: no variable tells where configurations are.
 */
export function aliasPlaces({ env, os }: Pick<AliasHost, "env" | "os">): AliasPlaces {
  const home = env("HOME");
  return {
    config: join(parent(configHome(env, os), os), "skywire", "skychat-aliases.json"),
    seed: home && join(home, ".skywire", "skychat-aliases.json"),
  };
}

/**
 * Reads both files; leaves out what is no public key.
 * @throws {UserError} local: a file can't be read or holds no aliases.
 */
export async function readAliases(host: AliasHost): Promise<Aliases> {
  const { config, seed } = aliasPlaces(host);
  const older = seed === undefined ? undefined : await readFile(host.files, seed);
  return keysOf([older, await readFile(host.files, config)]);
}

/** Names and keys of files, the later ones win; what is no public key is left out. */
function keysOf(files: readonly (AliasTexts | undefined)[]): Aliases {
  const texts = files.flatMap((file) => [...file ?? []]);
  return new Map(texts.flatMap(([name, text]) => {
    const pk = keyIn(text);
    return pk === undefined ? [] : [[name, pk]];
  }));
}

/**
 * Adds a name, or gives it another key; one that looks the same goes. Writes the file in the configuration directory,
 * unless only the other one is there.
 * @returns The key that the name stood for before.
 * @throws {UserError} usage: not a name · local: a file can't be read or written.
 */
export async function addAlias(
  host: AliasHost,
  name: string,
  pk: PublicKeyHex,
): Promise<PublicKeyHex | undefined> {
  checkAliasName(name);
  const { config, seed } = aliasPlaces(host);
  return await host.files.alone(config, async () => {
    const inConfig = await readFile(host.files, config);
    const inSeed = seed === undefined ? undefined : await readFile(host.files, seed);
    const useSeed = !inConfig && inSeed !== undefined;
    const kept = useSeed ? inSeed : inConfig ?? new Map();
    const path = useSeed ? seed! : config;
    const before = nameMeant(name, [...kept.keys()]);
    const others = [...kept].filter(([other]) => other !== before);
    await host.files.replacePrivate(path, utf8(formatAliases(new Map([...others, [name, pk]]))));
    return keyOfAlias(name, keysOf([inSeed, inConfig]));
  });
}

/**
 * Removes a name, or the one that looks the same, from wherever it is.
 * @returns Whether there was such a name.
 * @throws {UserError} local: a file can't be read or written.
 */
export async function removeAlias(host: AliasHost, name: string): Promise<boolean> {
  const { config, seed } = aliasPlaces(host);
  return await host.files.alone(config, async () => {
    const files = [];
    for (const path of seed === undefined ? [config] : [config, seed]) {
      files.push({ path, texts: await readFile(host.files, path) ?? new Map<string, string>() });
    }
    const gone = nameMeant(name, files.flatMap(({ texts }) => [...texts.keys()]));
    for (const { path, texts } of files) {
      const rest = new Map([...texts].filter(([other]) => other !== gone));
      if (rest.size < texts.size) await host.files.replacePrivate(path, utf8(formatAliases(rest)));
    }
    return gone !== undefined;
  });
}

/**
 * The key that a person means.
 * @param text  66 hex characters, either case, or the exact name of an alias; else the one that looks the same.
 * @returns Lower case.
 * @throws {UnknownPeer} Neither; says what is wrong with a key, and which name may be meant. A text that may be a
 *   secret key is not said back.
 */
export async function resolvePeer(text: string, aliases: Aliases): Promise<PublicKeyHex> {
  const pk = keyIn(text) ?? keyOfAlias(text, aliases);
  if (pk !== undefined) return pk;
  const shown = /[0-9a-f]{32}/i.test(text) ? "That" : JSON.stringify(text);
  const hint = keyProblem(text) ?? await aliasHint(text, aliases);
  throw new UnknownPeer(`${shown} is neither a valid PK nor a known alias`, text, hint);
}

/**
 * The key of a name, else that of the one name that looks the same: macOS writes é as two characters, keyboards as one,
 * and nobody sees which.
 * @returns Undefined: there is no such name, or several look the same.
 */
export function keyOfAlias(name: string, aliases: Aliases): PublicKeyHex | undefined {
  const alike = [...aliases].filter(([other]) => looksSame(name, other)).map(([, pk]) => pk);
  return aliases.get(name) ?? (new Set(alike).size === 1 ? alike[0] : undefined);
}

/** A name if it is there, else the one that looks the same. @returns Undefined: none does, or several do. */
function nameMeant(name: string, names: readonly string[]): string | undefined {
  const alike = new Set(names.filter((other) => looksSame(name, other)));
  return alike.has(name) ? name : alike.size === 1 ? [...alike][0] : undefined;
}

/** What to do about a name that nobody has. */
async function aliasHint(text: string, aliases: Aliases): Promise<string> {
  if (aliases.size === 0) return "`dmsg alias add NAME PK` gives a key a name.";
  const { didYouMean } = await import("./nearest.ts");
  return didYouMean(text, aliases.keys()) ?? "`dmsg alias ls` shows all names.";
}

/**
 * Name and key of `alias add`, in either order: Go's is NAME PK, the older text's PK NAME. Behind the name also another
 * name of the key.
 * @throws {UserError} usage: none of the two is a key, or the other is not a name.
 */
export async function aliasArguments(
  first: string,
  second: string,
  aliases: Aliases,
): Promise<{ name: string; pk: PublicKeyHex }> {
  const isKeyFirst = keyIn(second) === undefined && (keyIn(first) ?? keyProblem(first)) !== undefined;
  const [name, peer] = isKeyFirst ? [second, first] : [first, second];
  const pk = await resolvePeer(peer, aliases);
  checkAliasName(name);
  return { name, pk };
}

/** Longest name that is taken, in characters: two names and a time still fit a line. */
const MAX_NAME_LENGTH = 32;

/** Blanks that look like the plain one, or like none. */
const ODD_BLANK = /(?! )\p{Zs}|\u2800|^ | $| {2}/u;

/** What stands where keys do and is none: `--to admins`, `--to all`, `invite send PEER me`. */
const RESERVED: ReadonlySet<string> = new Set(["admins", "all", "me"]);

/**
 * Checks a new name.
 * @throws {UserError} usage: the name could not be typed where a peer is named (it is empty, begins with a digit, as
 *   keys do, a dash, as flags do, or an @, as groups do, has a comma or colon, or is a word of ours), or not be told
 *   from another or from none (blanks that are not single, plain and inside, unseen characters, over 32 characters).
 */
export function checkAliasName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw usage("That can't be the name of an alias", problem);
}

/** What is wrong with a name, as a sentence. */
function nameProblem(name: string): string | undefined {
  const fault = nameFault(name);
  if (fault !== undefined) return NAME_FAULTS[fault];
  if (/^[\p{Nd}-]/u.test(name)) {
    return "It begins with a digit, as a key does, or with a dash, as a flag does.";
  }
  if (/[,:]/.test(name)) return "It has a comma or a colon, which separate peers and ports.";
  if (name.startsWith("@")) return "It begins with @, as a group does where peers are named.";
  if (RESERVED.has(name)) return `${name} means something else where peers are named.`;
  if (printable(name) !== name || ODD_BLANK.test(name) || /^\p{M}/u.test(name)) {
    return "It has control or unseen characters, or blanks at an end or beside each other.";
  }
  const { length } = [...new Intl.Segmenter().segment(name)];
  if (length > MAX_NAME_LENGTH || utf8(name).length > 8 * MAX_NAME_LENGTH) {
    return `It is too long: ${MAX_NAME_LENGTH} characters are the most.`;
  }
  return undefined;
}

/**
 * The file's text: names in the order of their bytes, two spaces, a newline at the end, as Go writes it.
 */
export function formatAliases(aliases: AliasTexts): string {
  const names = [...aliases.keys()].sort(byBytes);
  const lines = names.map((name) => `  ${goString(name)}: ${goString(aliases.get(name)!)}`);
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}

/**
 * Reads the file's text.
 * @param path  Names the file in an error.
 * @throws {UserError} local: not one JSON object of texts.
 */
export const parseAliases = (text: string, path: string): AliasTexts => aliasesIn(parseObject(text), path);

function aliasesIn(object: object | undefined, path: string): AliasTexts {
  // `null` is the empty text to Go: a name without a key.
  const entries: [string, unknown][] = Object.entries(object ?? {}).map(([name, text]) => [name, text ?? ""]);
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
  if (object !== undefined && !Array.isArray(object) && entries.every(isText)) return new Map(entries);
  throw new UserError(`The alias file ${path} is not a JSON object of names and keys`, {
    kind: "local",
    hint: "Mend it, or move it away.",
  });
}

async function readFile(files: Files, path: string): Promise<AliasTexts | undefined> {
  const { value, other } = await readKeptJson(files, path, MAX_BYTES);
  if (value === undefined && other === undefined) return undefined;
  return other === undefined ? aliasesIn(value, path) : parseAliases(fromUtf8(other), path);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function keyIn(text: string): PublicKeyHex | undefined {
  try {
    parsePublicKey(text);
    return text.toLowerCase();
  } catch {
    return undefined;
  }
}

/** Go escapes what HTML would read. */
const goString = (text: string): string =>
  JSON.stringify(text.toWellFormed())
    .replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
