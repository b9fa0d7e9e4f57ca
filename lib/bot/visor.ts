/**
 * How a machine stands, out of what its system says, and as widgets. What it does not say is left out.
 *
 * @see lib/bot/README.md "Visor"
 * @module
 */
import type { ShippedWidget } from "./widget.ts";

/** How a machine stands. */
export interface Machine {
  /** Seconds since its start. */
  readonly uptimeS?: number;
  /** Processes that want to run, on average of a minute. */
  readonly load?: number;
  /** Processors. */
  readonly cpus?: number;
  /** Of its hottest part, °C. */
  readonly celsius?: number;
  /** Of the disk, parts in a hundred that are used. */
  readonly diskPercent?: number;
  /** Of the memory, the same. */
  readonly memoryPercent?: number;
  /** What its battery holds, parts in a hundred. */
  readonly batteryPercent?: number;
}

/**
 * What is asked: a script for `/bin/sh` that reads files which everybody may read. `$1`: a path on the disk that is meant.
 * Each answer has a line `@name` before it; what is not there says nothing.
 */
export const VISOR_SCRIPT = `exec 2>/dev/null
echo @uptime; cat /proc/uptime
echo @load; cat /proc/loadavg
echo @cpus; grep -c ^processor /proc/cpuinfo
echo @memory; grep -E '^(MemTotal|MemAvailable):' /proc/meminfo
for zone in /sys/class/thermal/thermal_zone*/temp; do [ -r "$zone" ] && echo @temperature && cat "$zone"; done
for supply in /sys/class/power_supply/*; do
  [ -r "$supply/capacity" ] && [ "$(cat "$supply/scope")" != Device ] && echo @battery && cat "$supply/capacity"
done
echo @disk; df -Pk "$1"
`;

/** Temperatures beyond these are a broken sensor's. */
const [COLDEST, HOTTEST] = [-60, 200];

/** Reads the answers of {@link VISOR_SCRIPT}, whatever is missing or odd in them. */
export function readMachine(text: string): Machine {
  const answers = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    if (/^@[a-z]+$/.test(line)) answers.set(line, lines = answers.get(line) ?? []);
    else if (line !== "") lines.push(line);
  }
  const of = (name: string): readonly string[] => answers.get(`@${name}`) ?? [];
  const first = (name: string): number | undefined => numberAt(of(name)[0], 0);
  const memory = (member: string): number | undefined =>
    numberAt(of("memory").find((line) => line.startsWith(`${member}:`)), 1);
  const degrees = of("temperature").map((line) => (numberAt(line, 0) ?? NaN) / 1000)
    .filter((celsius) => celsius > COLDEST && celsius < HOTTEST && celsius !== 0);
  const disk = of("disk").at(-1);
  const [used, free] = [numberAt(disk, 2), numberAt(disk, 3)];
  const [total, available] = [memory("MemTotal"), memory("MemAvailable")];
  return known({
    uptimeS: first("uptime"),
    load: first("load"),
    cpus: first("cpus"),
    celsius: degrees.length === 0 ? undefined : Math.max(...degrees),
    diskPercent: used === undefined || free === undefined ? undefined : percent(used, used + free),
    memoryPercent: total === undefined || available === undefined
      ? undefined
      : percent(total - available, total),
    batteryPercent: within(first("battery"), 100),
  });
}

/** Widgets of a machine. @param nowMs  Milliseconds since 1970. */
export function machineWidgets(machine: Machine, nowMs: number): ShippedWidget[] {
  const { uptimeS, load, cpus, celsius, diskPercent, memoryPercent, batteryPercent } = machine;
  const widgets: ShippedWidget[] = [];
  const gauge = (id: string, title: string, value: number | undefined, warn: number, alarm: number): void => {
    if (value !== undefined) {
      widgets.push({ id, title, kind: "gauge", value: rounded(value, 0), unit: "%", warn, alarm });
    }
  };
  if (uptimeS !== undefined) {
    const minutes = Math.max(0, Math.round((nowMs / 1000 - uptimeS) / 60)); // it does not differ from look to look
    widgets.push({ id: "uptime", title: "Up", kind: "since", value: minutes * 60_000 });
  }
  if (load !== undefined) {
    const max = cpus !== undefined && cpus > 0 ? { max: 2 * cpus, warn: cpus, alarm: 2 * cpus } : {};
    widgets.push({
      id: "load",
      title: "Load",
      kind: cpus ? "gauge" : "number",
      value: rounded(load, 2),
      ...max,
    });
  }
  if (celsius !== undefined) {
    const value = rounded(celsius, 1);
    widgets.push({
      id: "temperature",
      title: "Temperature",
      kind: "number",
      value,
      unit: "°C",
      warn: 70,
      alarm: 85,
    });
  }
  gauge("disk", "Disk", diskPercent, 85, 95);
  gauge("memory", "Memory", memoryPercent, 85, 95);
  gauge("battery", "Battery", batteryPercent, 20, 10);
  return widgets;
}

/** A word of a line as a number, 0 or more, or below 0 for what may be so. */
function numberAt(line: string | undefined, word: number): number | undefined {
  const text = line?.trim().split(/\s+/)[word] ?? "";
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

const percent = (part: number, whole: number): number | undefined =>
  whole > 0 ? within(100 * part / whole, 100) : undefined;
const within = (value: number | undefined, most: number): number | undefined =>
  value === undefined || value < 0 || value > most ? undefined : value;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const known = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
