/**
 * What a command works with: flags over variables over the configuration file over what is built in.
 *
 * @see lib/identity/README.md "Order"; cli/README.md "Settings"
 * @module
 */
import type { IdentitySource } from "../identity/identity.ts";
import type { Env } from "../sys/env.ts";
import type { Fetch } from "../sys/fetch.ts";
import type { Files } from "../sys/files/files.ts";
import { configHome, dataHome, join, type Os } from "../sys/paths.ts";
import { mayHoldSecret, UserError } from "../wire/errors.ts";
import type { ConfigFile, FileWords } from "./config_file.ts";
import { PUBLIC_DISCOVERY } from "./public_network.ts";
import type {
  ChatPolicy,
  Durability,
  ExecLimits,
  FilePolicy,
  FileRule,
  MessagePolicy,
  OutboxPolicy,
  PqPolicy,
} from "./policies.ts";
import { discoveryUrl, DMSG_URL_FORM, IDENTITY_NAMES, isIdentityName, plainUrl } from "./setting_values.ts";

/** The discovery of the public network, by the name that everybody knows; see {@link PUBLIC_DISCOVERY}. */
export const DEFAULT_DISCOVERY: string = PUBLIC_DISCOVERY.http;

/** Longest `config.json`. */
const MAX_CONFIG_BYTES = 64 * 1024;

/** The flags that settings are made of, as the command line gives them. */
export interface SettingsFlags {
  /** `--discovery`, repeated or with commas. */
  readonly discovery?: readonly string[];
  /** `--local`: the network that `dmsg serve` of the same data directory runs. */
  readonly local?: boolean;
  /** `--sk`: a secret key, 64 hex. */
  readonly sk?: string;
  /** `-c`, `--config`: a visor configuration. */
  readonly config?: string;
  /** `--identity`: a named identity below the data directory. */
  readonly identity?: string;
  /** `--data-dir`. */
  readonly dataDir?: string;
  /** `--pq`: offer the hybrid handshake. */
  readonly pq?: boolean;
  /** `--require-pq`: refuse peers without it. */
  readonly requirePq?: boolean;
  /** `--take-over`: use the key even though another program seems to hold it. */
  readonly takeOver?: boolean;
}

/** The parts of the system that settings read. */
export interface SettingsHost {
  /** Variables. */
  readonly env: Env;
  /** The configuration file and `serve.json`. */
  readonly files: Files;
  /** Which rules say where files go. */
  readonly os: Os;
  /** Asks the local network whether it is alive. */
  readonly fetch: Fetch;
}

/** Everything that a command needs to know before it opens a connection. */
export interface Settings {
  /** Base URLs without a slash at the end, at least one, in order of preference; some may be over dmsg. */
  readonly discovery: readonly string[];
  /** Which place named the discovery. */
  readonly discoveryOrigin: "flag" | "local" | "env" | "config" | "default";
  /** The data directory; holds `serve.json` and the default identity. */
  readonly dataDir: string;
  /**
   * The KV Connect server with the messages of every identity; undefined: they are in files. No flag of one command
   * sets it, because all commands of an identity must find the same messages.
   */
  readonly store?: string;
  /** What a kept message survives. */
  readonly durability: Durability;
  /** The directory of this identity's key and store: the data directory, or `identities/<name>` in it. */
  readonly identityDir: string;
  /** The name of the identity; undefined for the default one. */
  readonly identityName?: string;
  /** Where to look for our key. */
  readonly identity: IdentitySource;
  /** The hybrid handshake. */
  readonly pq: PqPolicy;
  /** Whether to use the key even though another program seems to hold it. */
  readonly takeOver: boolean;
  /** Messages. */
  readonly messages: MessagePolicy;
  /** What waits to be sent. */
  readonly outbox: OutboxPolicy;
  /** `listen --exec`. */
  readonly exec: ExecLimits;
  /** `chat`. */
  readonly chat: ChatPolicy;
  /** Files of peers. */
  readonly files: FilePolicy;
}

/** Commands of `listen --exec` at once, when nothing is said. */
const EXEC_JOBS = 4;
/** What may wait for one peer, when nothing is said: some 64,000 pages of text, for a week. */
const OUTBOX_MIB = 64;
const OUTBOX_DAYS = 7;
/** Files of peers, when nothing is said: nothing comes without a yes, and nobody fills the disk. */
const FILES: FileRule = { accept: "ask", maxBytes: 100 * 2 ** 20, quotaBytes: 2 ** 30 };

/**
 * Puts flags, variables and the configuration file together; reads files, and with `--local` asks the network.
 * @returns Settings without a secret key parsed yet.
 * @throws {UserError} usage: a value that can't be used, or an unknown member of the file · no-network: `--local` when
 * `dmsg serve` does not run · local: a file that can't be read.
 */
export async function resolveSettings(flags: SettingsFlags, host: SettingsHost): Promise<Settings> {
  const file = await readConfig(host);
  if (flags.dataDir === "") throw usage("--data-dir names no directory", "Use . for this directory.");
  const dataDir = flags.dataDir ?? dataHome(host.env, host.os);
  const name = flags.identity ?? file.identity;
  const identityDir = name === undefined ? dataDir : join(dataDir, "identities", checkName(name));
  return {
    ...await resolveDiscovery(flags, file, dataDir, host),
    store: resolveStore(host.env("DMSG_STORE"), file.store),
    durability: file.durability ?? "power",
    dataDir,
    identityDir,
    identityName: name,
    identity: {
      flagSecret: flags.sk,
      visorConfig: flags.config,
      envSecret: envSecret(host.env),
      keyFile: join(identityDir, "identity.key"),
    },
    pq: flags.requirePq ? "require" : flags.pq ? "offer" : file.pq ?? "off",
    takeOver: flags.takeOver ?? false,
    messages: { receipts: file.receipts ?? false, acceptFirst: file.acceptFirst ?? false },
    outbox: {
      bytes: (file.outboxMiB ?? OUTBOX_MIB) * 1024 * 1024,
      ageNs: BigInt(file.outboxDays ?? OUTBOX_DAYS) * 86_400_000_000_000n,
    },
    chat: file.chat ?? {},
    files: filePolicy(file.files),
    exec: {
      jobs: file.execJobs ?? EXEC_JOBS,
      timeoutMs: file.execTimeoutSec === undefined ? undefined : file.execTimeoutSec * 1000,
    },
  };
}

function filePolicy({ directory, peers = {}, ...rule }: ConfigFile["files"] = {}): FilePolicy {
  const named = Object.entries(peers).map(([pk, words]) => [pk, fileRule(words)]);
  return { ...FILES, ...fileRule(rule), directory, peers: Object.fromEntries(named) };
}

const fileRule = ({ accept, maxMiB, quotaMiB }: FileWords): Partial<FileRule> => ({
  ...(accept === undefined ? {} : { accept }),
  ...(maxMiB === undefined ? {} : { maxBytes: maxMiB * 2 ** 20 }),
  ...(quotaMiB === undefined ? {} : { quotaBytes: quotaMiB * 2 ** 20 }),
});

/** Where `config.json` is looked for. */
const configPath = (host: Pick<SettingsHost, "env" | "os">): string =>
  join(configHome(host.env, host.os), "config.json");

/** The same; undefined: no variable tells where configurations are. */
export const placeOfConfig = (host: Pick<SettingsHost, "env" | "os">): string | undefined =>
  host.env("XDG_CONFIG_HOME") || host.env(host.os === "windows" ? "APPDATA" : "HOME")
    ? configPath(host)
    : undefined;

async function readConfig(host: SettingsHost): Promise<ConfigFile> {
  const path = placeOfConfig(host);
  // With every directory named by flag or variable a missing HOME is no reason to stop.
  if (path === undefined) return {};
  const bytes = await host.files.read(path, MAX_CONFIG_BYTES);
  if (bytes === undefined) return {};
  // The validator costs start-up time that only those pay who have a file.
  const { parseConfig } = await import("./config_file.ts");
  return parseConfig(bytes, path, host.os);
}

type Discovery = Pick<Settings, "discovery" | "discoveryOrigin">;

async function resolveDiscovery(
  flags: SettingsFlags,
  file: ConfigFile,
  dataDir: string,
  host: SettingsHost,
): Promise<Discovery> {
  if (flags.local && flags.discovery) {
    throw usage("--local and --discovery exclude each other", "Give one of them.");
  }
  if (flags.discovery) return named("flag", flags.discovery, "--discovery");
  if (flags.local) {
    const { localDiscovery } = await import("./local_network.ts");
    return named("local", [await localDiscovery(dataDir, host)], "serve.json");
  }
  const fromEnv = host.env("DMSG_DISCOVERY");
  if (fromEnv) return named("env", fromEnv.split(","), "DMSG_DISCOVERY");
  if (file.discovery !== undefined) return named("config", [file.discovery].flat(), "config.json");
  return { discovery: [DEFAULT_DISCOVERY], discoveryOrigin: "default" };
}

function named(origin: Discovery["discoveryOrigin"], texts: readonly string[], place: string): Discovery {
  const urls = texts.map((text) => text.trim()).filter((text) => text !== "");
  if (urls.length === 0) throw usage(`There is no URL in ${place}`, `For example: ${DEFAULT_DISCOVERY}`);
  return { discovery: urls.map((url) => baseUrl(url, place)), discoveryOrigin: origin };
}

function baseUrl(text: string, place: string): string {
  const url = discoveryUrl(text);
  if (url !== undefined) return url;
  const example = text.startsWith("dmsg:") ? DMSG_URL_FORM : DEFAULT_DISCOVERY;
  throw notUrl(text, `in ${place} is not the URL of a discovery`, example);
}

function resolveStore(fromEnv: string | undefined, fromFile: string | undefined): string | undefined {
  const text = fromEnv ?? fromFile;
  if (text === undefined) return undefined;
  const url = plainUrl(text);
  if (url !== undefined) return url;
  const place = fromEnv === undefined ? "config.json" : "DMSG_STORE";
  throw notUrl(text, `in ${place} is not the URL of a KV Connect server`, "http://127.0.0.1:4512");
}

/** A text with an @ may hold a password, and a long number may be a secret key. */
const notUrl = (text: string, problem: string, example: string): UserError =>
  usage(
    `${text.includes("@") || mayHoldSecret(text) ? "The URL" : `"${text}"`} ${problem}`,
    `For example: ${example}`,
  );

function envSecret(env: Env): IdentitySource["envSecret"] {
  for (const name of ["DMSG_SK", "DMSGCURL_SK"] as const) {
    const text = env(name);
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

function checkName(name: string): string {
  // One that was meant for DMSG_SK would be the name of a directory, and said back.
  if (mayHoldSecret(name)) {
    throw usage(
      "A key can't be the name of an identity",
      "A secret key is taken from DMSG_SK, or by `dmsg id import`.",
    );
  }
  if (isIdentityName(name)) return name;
  throw usage(`"${name}" can't be the name of an identity`, `Use ${IDENTITY_NAMES}.`);
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
