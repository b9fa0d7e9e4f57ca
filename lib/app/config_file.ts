/**
 * `config.json`: an object with the members of {@link ConfigFile}. Loaded only when the file exists.
 *
 * @module
 */
import * as v from "valibot";
import { fromUtf8 } from "../wire/bytes.ts";
import { isAbsolute, type Os } from "../sys/paths.ts";
import { UserError } from "../wire/errors.ts";
import { discoveryUrl, IDENTITY_NAMES, isIdentityName, MAX_EXEC_JOBS, plainUrl } from "./setting_values.ts";
import type { ChatPolicy, Durability, FileAcceptance, PqPolicy } from "./policies.ts";

/** What the members of `config.json` may say. */
export interface ConfigFile {
  /** Base URLs of discoveries, in order of preference. */
  readonly discovery?: string | readonly string[];
  /** As `Settings.store`. */
  readonly store?: string;
  /** As {@link Durability}. */
  readonly durability?: Durability;
  /** The identity to use when no flag names one. */
  readonly identity?: string;
  /** As {@link PqPolicy}. */
  readonly pq?: PqPolicy;
  /** As {@link MessagePolicy.receipts}. */
  readonly receipts?: boolean;
  /** As {@link MessagePolicy.acceptFirst}. */
  readonly acceptFirst?: boolean;
  /** As {@link OutboxPolicy.bytes}, in MiB. */
  readonly outboxMiB?: number;
  /** As {@link OutboxPolicy.ageNs}, in days. */
  readonly outboxDays?: number;
  /** As {@link ExecLimits.jobs}. */
  readonly execJobs?: number;
  /** As {@link ExecLimits.timeoutMs}, in seconds. */
  readonly execTimeoutSec?: number;
  /** As {@link ChatPolicy}. */
  readonly chat?: ChatPolicy;
  /** As `FilePolicy`. */
  readonly files?: FileWords & {
    /** As `FilePolicy.directory`. */
    readonly directory?: string;
    /** What is otherwise for some peers, by key. */
    readonly peers?: Readonly<Record<string, FileWords>>;
  };
}

/** As `FileRule`, in whole MiB. */
export interface FileWords {
  /** Which are taken. */
  readonly accept?: FileAcceptance;
  /** The largest file. */
  readonly maxMiB?: number;
  /** All of one peer. */
  readonly quotaMiB?: number;
}

const url = (whose: string, example: string, form: (text: string) => string | undefined) => {
  const problem = `must be the URL of a ${whose}, for example ${example}`; // it may hold a password: it is not told
  const isUrl = (text: string) => form(text.trim()) !== undefined;
  return v.pipe(
    v.string("must be a text"),
    v.maxLength(2048, "is longer than 2048 characters"),
    v.check(isUrl, problem),
  );
};
const discovery = url("discovery", "http://dmsgd.skywire.skycoin.com", discoveryUrl);

const yes = v.boolean("must be true or false");
const count = (most: number) => {
  const problem = `must be a whole number from 1 to ${most}`;
  return v.pipe(v.number(problem), v.integer(problem), v.minValue(1, problem), v.maxValue(most, problem));
};

const short = v.pipe(v.string("must be a text"), v.maxLength(2048, "is longer than 2048 characters"));

/** An object has members of its own; a list would be one without any. */
const object = v.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "must be an object",
);

const HOURS = /^(?:[01]?\d|2[0-3]):[0-5]\d-(?:[01]?\d|2[0-3]):[0-5]\d$/;

const UNKNOWN = "is not known";

const WORDS = "must be a list of texts";
/** Of one that is none: its own place is named, not the list's. */
const ONE_WORD = "must be a text, not an empty one, without blanks around it";
const WORD = /^\S(?:.*\S)?$/u;

const HIDEABLE = 'may be a list of "state" and "time"';

const chatMembers = {
  keys: v.optional(v.pipe(object, v.record(short, short))),
  vim: v.optional(yes),
  theme: v.optional(v.picklist(["auto", "dark", "light"], 'must be "auto", "dark" or "light"')),
  mouse: v.optional(yes),
  plain: v.optional(yes),
  bell: v.optional(yes),
  desktop: v.optional(yes),
  quiet: v.optional(v.pipe(short, v.regex(HOURS, "must be like 22:00-07:00"))),
  mentions: v.optional(
    v.array(
      v.pipe(v.string(ONE_WORD), v.maxLength(64, "is longer than 64 characters"), v.regex(WORD, ONE_WORD)),
      WORDS,
    ),
  ),
  exec: v.optional(short),
  without: v.optional(v.array(v.picklist(["state", "time"], HIDEABLE), HIDEABLE)),
};

const fileWords = {
  accept: v.optional(
    v.picklist(["ask", "accepted", "never"], 'must be "ask", "accepted" or "never"'),
  ),
  maxMiB: v.optional(count(1 << 30)),
  quotaMiB: v.optional(count(1 << 30)),
};

const filesMembers = {
  ...fileWords,
  directory: v.optional(short),
  peers: v.optional(
    v.pipe(
      object,
      v.record(
        v.pipe(v.string(), v.regex(/^[0-9a-f]{66}$/, "is no public key: 66 lower-case hex characters")),
        v.pipe(object, v.strictObject(fileWords, UNKNOWN)),
      ),
    ),
  ),
};

const schema = v.strictObject({
  discovery: v.optional(
    v.union(
      [
        discovery,
        v.pipe(
          v.array(discovery),
          v.minLength(1, "must have a URL"),
          v.maxLength(16, "has more than 16 URLs"),
        ),
      ],
      "must be a URL or a list of URLs",
    ),
  ),
  store: v.optional(url("KV Connect server", "http://127.0.0.1:4512", plainUrl)),
  durability: v.optional(v.picklist(["power", "process"], 'must be "power" or "process"')),
  identity: v.optional(
    v.pipe(v.string("must be a text"), v.check(isIdentityName, `must be a name of ${IDENTITY_NAMES}`)),
  ),
  pq: v.optional(v.picklist(["off", "offer", "require"], 'must be "off", "offer" or "require"')),
  receipts: v.optional(yes),
  acceptFirst: v.optional(yes),
  outboxMiB: v.optional(count(65_536)),
  outboxDays: v.optional(count(30)),
  execJobs: v.optional(count(MAX_EXEC_JOBS)),
  execTimeoutSec: v.optional(count(86_400)),
  chat: v.optional(v.pipe(object, v.strictObject(chatMembers, UNKNOWN))),
  files: v.optional(v.pipe(object, v.strictObject(filesMembers, UNKNOWN))),
}, UNKNOWN);

/** What an object of the file may have, by its place in it. */
function membersAt([first, ...rest]: readonly string[]): readonly string[] {
  const members = first === undefined
    ? schema.entries
    : first === "chat"
    ? chatMembers
    : rest.length > 0
    ? fileWords
    : filesMembers;
  return Object.keys(members);
}

/**
 * Reads the file's bytes.
 * @param bytes  JSON as UTF-8, also with the mark that editors on Windows begin it with.
 * @param path  For the message.
 * @param os  Whose rules say which paths are absolute.
 * @returns The members that the file has.
 * @throws {UserError} usage: not JSON, and in which line; an unknown member, or a wrong value; names the member.
 */
export function parseConfig(bytes: Uint8Array, path: string, os: Os): ConfigFile {
  const value = parseJson(fromUtf8(bytes).replace(BYTE_ORDER_MARK, ""), path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(`${path} is not an object`, "Correct the file, or remove it.");
  }
  const result = v.safeParse(schema, value);
  if (result.success) return withAbsolutePlaces(result.output, path, os);
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? "";
  const hint = issue.message === UNKNOWN
    ? `It may have: ${membersAt(place.split(".").slice(0, -1)).join(", ")}.`
    : "Correct it, or take the member out.";
  throw wrong(`${path}: the member "${place}" ${issue.message}`, hint);
}

/** Nobody sees it: it would be a fault in line 1, column 1. */
const BYTE_ORDER_MARK = /^\uFEFF/;

function withAbsolutePlaces(file: ConfigFile, path: string, os: Os): ConfigFile {
  const directory = file.files?.directory;
  if (directory === undefined || isAbsolute(directory, os)) return file;
  throw wrong(`${path}: the member "files.directory" is not absolute`, "Give the whole path.");
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = whereIs(text, faultAt(error as SyntaxError, text));
    throw wrong(`${path} is not JSON${where}`, "Correct the file, or remove it.");
  }
}

/** Of a longer text a fault is looked for only where the parser tells it: each look reads it anew. */
const MAX_SEARCHED = 8192;

/** What a person looks for in a text that is not JSON. Its own words stay out: a key may stand in the wrong place. */
function whereIs(text: string, fault: number | undefined): string {
  if (text.trim() === "") return ": there is nothing in it";
  const at = fault ?? (text.length > MAX_SEARCHED ? undefined : searched(text));
  if (at === undefined) return "";
  const lines = text.slice(0, at).split("\n");
  const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  return at >= text.length ? `: it breaks off in ${place}` : `: see ${place}`;
}

/** Where the parser says that the fault is, the text's length at its end; undefined: it names a token alone. */
function faultAt({ message }: SyntaxError, text: string): number | undefined {
  const at = /position (\d+)/.exec(message);
  return at ? Number(at[1]) : message.includes("end of JSON") ? text.length : undefined;
}

/** The first place behind which no text could be JSON. */
function searched(text: string): number {
  let [good, bad] = [0, text.length]; // of what comes before the fault every beginning could go on
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (couldGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether the parser found no fault before the end. */
function couldGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const at = faultAt(error as SyntaxError, text);
    return at !== undefined && at >= text.length;
  }
}

const wrong = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
