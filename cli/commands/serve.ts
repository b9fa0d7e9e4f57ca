/**
 * `dmsg serve`: a private network in one process, a discovery and one or more servers.
 *
 * @see lib/app/network.ts; cli/serving/serve_home.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { type NetworkEvent, openNetwork, type ServerSpec } from "../../lib/app/network.ts";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { DEFAULT_LIMITS } from "../../lib/dmsg/server/limits.ts";
import { lineLog, type Log } from "../../lib/sys/log.ts";
import { aborted } from "../abort.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Interrupted } from "../exit.ts";
import {
  type IdentityFlags,
  identityFlags,
  outputAliases,
  type OutputFlags,
  outputFlags,
} from "../flags/flags.ts";
import { parseCount, parseSize } from "../flags/size.ts";
import { checkAdvertised, isLoopback, parseHostPort } from "../serving/serve_addresses.ts";
import { openServeHome, parseStorePlace } from "../serving/serve_home.ts";
import { VERSION } from "../version.ts";

type ServeFlags = OutputFlags & Pick<IdentityFlags, "dataDir"> & {
  readonly discoveryAddress: string;
  readonly serverAddress?: readonly string[];
  readonly advertise?: readonly string[];
  readonly testMode: boolean;
  readonly store: string;
  readonly maxSessions?: number;
  readonly maxStreams?: number;
  readonly maxBuffer?: number;
  readonly maxRate?: number;
};

/** Where the one server listens when no flag says so. */
const SERVER_ADDRESS = "127.0.0.1:9091";

/** `dmsg serve`. */
const serveCommand: Command<Context> = command({
  brief: "Run a private network: a discovery and servers",
  details:
    "For this machine alone by default; other commands use it with --local. Keys and entries are kept in the\n" +
    "data directory (serve/), so that they are the same after a restart. Ctrl+C ends it.\n" +
    "For other machines name addresses that they reach; with port forwarding --advertise says those of the servers.\n" +
    "Servers on loopback addresses are registered only when the discovery listens there too, or with --test-mode.\n" +
    "The discovery answers over dmsg too, on port 80 of its key: who is told that URL needs to reach a server only.",
  examples: [
    ["dmsg serve", "On this machine; use it with --local"],
    ["dmsg serve --discovery-address 127.0.0.1:0 --json", "On a free port, told in one line"],
    ["dmsg serve --max-rate 1MiB --max-streams 16", "With limits for each client"],
  ],
  parameters: {
    flags: {
      discoveryAddress: {
        kind: "parsed",
        parse: parseHostPort,
        default: "127.0.0.1:9090",
        placeholder: "host:port",
        brief: "Where the discovery listens; port 0 is the system's choice",
      },
      serverAddress: {
        kind: "parsed",
        parse: parseHostPort,
        optional: true,
        variadic: true,
        placeholder: "host:port",
        brief: `Where a server listens; ${SERVER_ADDRESS} without the flag`,
      },
      advertise: {
        kind: "parsed",
        parse: parseHostPort,
        optional: true,
        variadic: true,
        placeholder: "host:port",
        brief: "Where clients reach a server when that differs; in the order of --server-address",
      },
      testMode: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Register servers on loopback addresses in any case",
      },
      store: {
        kind: "parsed",
        parse: parseStorePlace,
        default: "file",
        placeholder: "place",
        brief: "Where entries are kept: file, memory, or the URL of a KV Connect server",
        proposeCompletions: () => ["file", "memory"],
      },
      maxSessions: count(`Clients of one server (default ${DEFAULT_LIMITS.maxSessions})`),
      maxStreams: count(`Open streams of one client (default ${DEFAULT_LIMITS.maxStreamsPerClient})`),
      maxBuffer: size("Bytes of one client that may wait in a server (default 32MiB)"),
      maxRate: size("Bytes per second that one client may send (no limit without it)"),
      dataDir: identityFlags.dataDir,
      ...outputFlags,
    },
    aliases: outputAliases,
  },
  async run(context: Context, flags: ServeFlags) {
    const { dataDir } = await context.settings({ dataDir: flags.dataDir });
    const addresses = flags.serverAddress ?? [SERVER_ADDRESS];
    const testMode = flags.testMode || isLoopback(flags.discoveryAddress);
    checkAdvertised(addresses, flags.advertise ?? [], testMode);
    const home = await openServeHome(context, dataDir, addresses.length, flags.store);
    try {
      await serve(context, flags, home, serverSpecs(home.pairs, addresses, flags.advertise ?? []), testMode);
    } finally {
      await home.close();
    }
    if (context.signal.reason instanceof Interrupted) return context.signal.reason.status; // asked for: no error to print
    throw context.signal.reason;
  },
});

export default serveCommand;

/** Runs the network until the signal; it is closed when this resolves. */
async function serve(
  context: Context,
  flags: ServeFlags,
  home: Awaited<ReturnType<typeof openServeHome>>,
  servers: readonly ServerSpec[],
  testMode: boolean,
): Promise<void> {
  const write = (line: string): void => context.print.noteText(line);
  const log = lineLog(write, context.clock, flags.verbose ? "debug" : "warn");
  const network = await openNetwork({
    discoveryAddress: flags.discoveryAddress,
    discoveryPair: home.discoveryPair,
    servers,
    store: home.store,
    version: VERSION,
    testMode,
    limits: limitsOf(flags),
    clock: context.clock,
    random: context.random,
    onEvent: (event) => report(log, event),
  });
  try {
    const { discovery, discoveryOverDmsg, servers } = network;
    await home.announce(discovery);
    context.print.out("serving", { discovery, discovery_over_dmsg: discoveryOverDmsg, servers });
    if (flags.dataDir !== undefined && !flags.json) {
      context.print.note("servingFor", { dataDir: flags.dataDir });
    }
    await aborted(context.signal);
  } finally {
    await network.close();
  }
}

function serverSpecs(
  pairs: readonly KeyPair[],
  addresses: readonly string[],
  advertise: readonly string[],
): ServerSpec[] {
  return addresses.map((address, i) => ({ pair: pairs[i], address, advertise: advertise[i] }));
}

/** Only what a flag names: an `undefined` would take the place of a default. */
function limitsOf(flags: ServeFlags): NonNullable<Parameters<typeof openNetwork>[0]["limits"]> {
  const named = {
    maxSessions: flags.maxSessions,
    maxStreamsPerClient: flags.maxStreams,
    maxBufferedBytesPerClient: flags.maxBuffer,
    maxBytesPerSecondPerClient: flags.maxRate,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function report(log: Log, event: NetworkEvent): void {
  const { kind, error, ...rest } = { error: undefined, ...event };
  const fields = error === undefined ? rest : { ...rest, error: error.message };
  log(kind === "problem" ? "warn" : "debug", kind, fields);
}

function count(brief: string) {
  return { kind: "parsed", parse: parseCount, optional: true, placeholder: "n", brief } as const;
}

function size(brief: string) {
  return { kind: "parsed", parse: parseSize, optional: true, placeholder: "size", brief } as const;
}
