/**
 * Who may copy to and from us, out of the files that people have: a dmsgpty configuration, a visor's, or a plain list.
 *
 * @see specification dmsgscp §2; lib/scp/README.md "Whitelist"
 * @module
 */
import { isNullKey, parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import { toHex, utf8 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { parseOpaque } from "../wire/exact_json.ts";
import { foldCase, type GoObject, goTrim, parseGoObject } from "../wire/go_json.ts";
import { eachMember } from "../wire/twins.ts";
import { checkName } from "./path.ts";

/** Longest file: some 10,000 keys. */
export const MAX_LIST_BYTES: number = 1 << 20;

/** What a listed key may do. */
export interface Access {
  /** May pull. */
  readonly read: boolean;
  /** May push. */
  readonly write: boolean;
  /** All that it sees of the root, a relative path; undefined: everything. */
  readonly directory?: string;
}

/** What is listed, by key in lower case. */
export type AccessList = ReadonlyMap<PublicKeyHex, Access>;

const FULL: Access = { read: true, write: true };
const MODES: Readonly<Record<string, Access>> = {
  rw: FULL,
  ro: { read: true, write: false },
  wo: { read: false, write: true },
};

/**
 * Reads a list in any of its shapes: a JSON object is a dmsgpty configuration (`wl`) or a visor's (`dmsgscp.whitelist`
 * if it has keys, else that of `pty` or `dmsgpty`, and `hypervisors`); everything else is a plain list, a line a key:
 * `<pk> [rw|ro|wo] [DIRECTORY]  # remark`.
 * @throws {UserError} local: one entry that is no public key, or is the null key, spoils the whole list; says which.
 */
export function parseWhitelist(text: string): AccessList {
  const entries = text.trimStart().startsWith("{") ? entriesOfJson(text) : entriesOfLines(text);
  return new Map(entries);
}

/**
 * Adds a key to a dmsgpty configuration or a plain list; everything else in it stays.
 * @param text  The file's text; undefined or empty makes a fresh dmsgpty configuration.
 * @returns The new text, or undefined when the key is listed.
 * @throws As {@link parseWhitelist}; also for a visor's configuration, which is not ours to change.
 */
export function withKey(text: string | undefined, pk: PublicKeyHex): string | undefined {
  const key = keyOf(pk);
  if (text !== undefined && text.trim() !== "" && !text.trimStart().startsWith("{")) {
    if (parseWhitelist(text).has(key)) return undefined;
    return `${text.replace(/\n?$/, "\n")}${key}\n`;
  }
  // Numbers that are not ours keep their digits.
  const config = text === undefined || text.trim() === "" ? emptyPtyConfig() : objectOf(text, parseOpaque);
  if (isVisor(config)) {
    throw refused("a visor's configuration is not changed here", "Add the key to its pty.whitelist.");
  }
  const wl = spelled(config, "wl");
  const keys = textsOf(config[wl], "wl");
  if (keys.some((entry) => keyOf(goTrim(entry)) === key)) return undefined;
  return JSON.stringify({ ...config, [wl]: [...keys, key] }, null, 2);
}

/** What a Go program writes when there is no file: two-space indent, no final newline. */
export const emptyPtyConfig = (): Record<string, unknown> => ({
  dmsgdisc: "",
  dmsgsessions: 0,
  dmsgport: 0,
  clinet: "",
  cliaddr: "",
  sk: "",
  pk: "",
  wl: null,
});

/** What a visor's configuration says about its copier beside the list. */
export interface VisorScp {
  /** Not wanted at all. */
  readonly disabled: boolean;
  /** Its root; undefined for the default. */
  readonly rootDir?: string;
}

/** Reads the `dmsgscp` section; everything else is ignored. @throws {UserError} local: not JSON. */
export function visorScp(text: string): VisorScp {
  const section = said(readObject(text), "dmsgscp");
  const [disabled, root] = ["disabled", "root_dir"].map((member) =>
    typeof section === "object" && section !== null ? said(section as GoObject, member) : undefined
  );
  return {
    disabled: disabled === true,
    ...(typeof root === "string" && root !== "" ? { rootDir: root } : {}),
  };
}

function entriesOfJson(text: string): [PublicKeyHex, Access][] {
  const config = readObject(text);
  if (!isVisor(config)) {
    return textsOf(said(config, "wl"), "wl").map((entry) => [keyOf(goTrim(entry)), FULL]);
  }
  const own = listIn(said(config, "dmsgscp"), "dmsgscp");
  const shared = own.length > 0 ? own : listIn(said(config, "pty") ?? said(config, "dmsgpty"), "pty");
  const hypervisors = textsOf(said(config, "hypervisors"), "hypervisors");
  return [...shared, ...hypervisors].map((entry) => [keyOf(goTrim(entry)), FULL]);
}

/** What a file says of a member: Go takes its name in any case, and the last of several. */
function said(config: GoObject, name: string): unknown {
  let last: unknown;
  eachMember(config, (key, value) => {
    if (foldCase(key) === name) last = value;
    return true;
  });
  return last;
}

/** How the member is written that is changed. */
const spelled = (config: Record<string, unknown>, name: string): string =>
  Object.keys(config).findLast((key) => foldCase(key) === name) ?? name;

/** `wl` makes it a dmsgpty configuration; a file with neither lists nobody, as that one does. */
const isVisor = (config: GoObject): boolean =>
  said(config, "wl") === undefined &&
  ["dmsgscp", "pty", "dmsgpty", "hypervisors"].some((member) => said(config, member) !== undefined);

function listIn(section: unknown, name: string): string[] {
  if (section === undefined || section === null) return [];
  if (typeof section !== "object") throw refused(`${name} is no object`);
  return textsOf(said(section as GoObject, "whitelist"), `${name}.whitelist`);
}

function textsOf(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string")) {
    throw refused(`${name} is no list of keys`);
  }
  // Go joins the entries with commas and cuts them again.
  return value.flatMap((entry: string) => entry.split(","));
}

function entriesOfLines(text: string): [PublicKeyHex, Access][] {
  const entries: [PublicKeyHex, Access][] = [];
  let number = -1;
  for (const line of text.split("\n")) {
    number++;
    if (line === "") continue;
    const words = line.replace(/(^|\s)#.*$/s, "").trim();
    if (words === "") continue;
    const [, key, mode, directory] = /^(\S+)(?:\s+(rw|ro|wo)(?=\s|$))?(?:\s+(.*))?$/s.exec(words)!;
    entries.push([keyOf(key, ` in line ${number + 1}`), accessOf(mode, directory, number + 1)]);
  }
  return entries;
}

function accessOf(mode: string | undefined, directory: string | undefined, line: number): Access {
  const access = mode === undefined ? FULL : MODES[mode];
  if (directory === undefined) return access;
  try {
    checkName(utf8(directory));
  } catch {
    throw refused(`line ${line} has no rw, ro or wo, or a directory that does not lie in the root`);
  }
  return { ...access, directory };
}

/** The key of an entry, without white space around it. It may be a secret in the wrong place: only its beginning is said. */
function keyOf(entry: string, where = ""): PublicKeyHex {
  const text = entry.toLowerCase();
  try {
    const key = parsePublicKey(text);
    if (isNullKey(key)) throw new Error("the null key");
    return toHex(key);
  } catch {
    throw refused(`the entry "${text.slice(0, 6)}${text.length > 6 ? "…" : ""}"${where} is not a public key`);
  }
}

/** The file's object with all that it says; see {@link said}. */
function readObject(text: string): GoObject {
  const plain = objectOf(text);
  return parseGoObject(text) ?? plain;
}

function objectOf(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw refused("it is not JSON"); // the parser's own words would quote a secret key
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused("it is no JSON object");
  }
  return value as Record<string, unknown>;
}

const refused = (message: string, hint = "Until it is right, nobody else is let in."): UserError =>
  new UserError(message, { kind: "local", hint });
