/** Runners of the groups of dmsgscp.json that are tables: lines, paths, modes, arguments. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyNamed, parseCopyOrder } from "../../../lib/scp/arguments.ts";
import { SCP_PORT } from "../../../lib/scp/client.ts";
import { checkName, MAX_NAME_BYTES, partsOf } from "../../../lib/scp/path.ts";
import { MAX_LINE_BYTES, parseRecord } from "../../../lib/scp/record.ts";
import { parseRole, type RoleLine } from "../../../lib/scp/role.ts";
import { IDLE_MS } from "../../../lib/scp/wire.ts";
import { OWN_BITS } from "../../../lib/sys/copies/disk.ts";
import { bitsOf } from "../../../lib/sys/copies/part_file.ts";
import { StreamReader } from "../../../lib/wire/reading.ts";
import { fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { entries, errorOf, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

// deno-lint-ignore no-explicit-any
type Entry = any;

/** A group that is a list. */
function rows(name: (entry: Entry) => string, run: (entry: Entry) => void | Promise<void>): GroupRunner {
  return (list) => entries(list, (entry, i) => `${i}: ${name(entry)}`, run);
}

const short = (value: unknown): string => JSON.stringify(value).slice(0, 60);

/** Record lines: what is in them, or Go's words for what is wrong. */
export const dmsgscpHeaderLines: GroupRunner = rows(({ text }) => short(text), async (entry) => {
  const line = hexOf(entry, "hex");
  await sameWhenCut(line);
  const { error, type, mode, size, name } = entry.expect;
  if (error === "EOF") return strictEqual(line.includes(LF), false, "the line has an end");
  if (error !== undefined) return strictEqual(errorOf(() => parseRecord(line)).message, error);
  const record = parseRecord(line);
  strictEqual(record.type, type);
  if (record.type === "E") return;
  deepStrictEqual(
    { mode: record.mode.toString(8).padStart(4, "0"), size: String(record.size), name: record.name },
    { mode, size, name },
  );
});

/** Role lines: role and path, or the fatal text. */
export const dmsgscpRoleLines: GroupRunner = rows(({ text }) => short(text), async (entry) => {
  const line = hexOf(entry, "hex");
  await sameWhenCut(line);
  const { fatal, role, path } = entry.expect;
  if (fatal !== undefined) return strictEqual(errorOf(() => checkedRole(line)).message, fatal);
  const parsed = checkedRole(line);
  deepStrictEqual({ role: parsed.role, path: fromUtf8(parsed.path) }, { role, path });
});

/** A role line as a host takes it: its path is a name, or what is told of it begins so. */
function checkedRole(line: Uint8Array): RoleLine {
  const parsed = parseRole(line);
  try {
    checkName(parsed.path);
  } catch (error) {
    throw new Error(`bad path: ${(error as Error).message}`);
  }
  return parsed;
}

/** Names: where below the root they lead, or why nowhere. */
export const dmsgscpPathResolution: GroupRunner = rows(({ name }) => short(name), ({ name, expect }) => {
  if (expect.error !== undefined) {
    return strictEqual(errorOf(() => checkName(utf8(name))).message, expect.error);
  }
  checkName(utf8(name));
  strictEqual(["{ROOT}", ...partsOf(name)].join("/"), expect.path);
});

/** Modes of records and of the files that are made. */
export const dmsgscpModeMask: GroupRunner = rows(({ wire }) => String(wire), ({ wire, sink_mode }) => {
  const mode = bitsOf(parseInt(wire, 8) & 0o777) ?? OWN_BITS;
  strictEqual(mode.toString(8).padStart(4, "0"), sink_mode);
});

/** The two sides of a command line. Go takes keys in lower case only, and so does this table. */
export const dmsgscpCliArgs: GroupRunner = rows(({ args }) => short(args), ({ args, expect }) => {
  const find = (text: string) => /^[a-f0-9]{66}$/.test(text) ? keyNamed(text) : undefined;
  if (expect.error !== undefined) {
    return strictEqual(errorOf(() => parseCopyOrder(args, find)).message, expect.error);
  }
  const { direction, path, local } = parseCopyOrder(args, find);
  deepStrictEqual({ direction, remote: path, local: local[0] }, {
    direction: expect.direction,
    remote: expect.remote,
    local: expect.local,
  });
});

const LF = 10;

/** A line comes out of a stream whole wherever it is cut. */
async function sameWhenCut(line: Uint8Array): Promise<void> {
  if (line.indexOf(LF) !== line.length - 1) return; // no line, or more than one
  for (let at = 0; at <= line.length; at++) {
    const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
    await far.write(line.subarray(0, at));
    await far.write(line.subarray(at));
    await far.write(utf8("next"));
    const reader = new StreamReader(near, new FakeClock());
    strictEqual(toHex(await reader.line(line.length, 1000)), toHex(line), `cut at ${at}`);
    strictEqual(fromUtf8((await reader.exactly(4, 1000))!), "next");
  }
}

/** What both programs have in common; how much a Go program reads at once, or takes of a file, binds nobody else. */
const LIMITS: Readonly<Record<string, number>> = {
  port: SCP_PORT,
  max_name_bytes: MAX_NAME_BYTES,
  max_line_bytes_with_newline: MAX_LINE_BYTES,
  idle_timeout_s: IDLE_MS / 1000,
};

const BIND_NOBODY = ["v1_max_file_size", "go_chunk"];

/** Limits by their names. */
export const dmsgscpLimits: GroupRunner = (limits) =>
  Object.entries(limits).filter(([name]) => !BIND_NOBODY.includes(name))
    .map(([name, value]) => ({
      name,
      run: () => {
        ok(Object.hasOwn(LIMITS, name), `limit "${name}" is not known`);
        strictEqual(LIMITS[name], value);
      },
    }));
