/**
 * `dmsg widget`: publishes a value for a dashboard.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { WIDGET_KINDS, type WidgetKind, type WidgetValue } from "../../lib/overlay/widget.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { parseDurationMs } from "../flags/flags.ts";
import { parseSince } from "../flags/since.ts";
import { givenArgument, givenText } from "../input/given_text.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";
import { publishInTurn } from "../bot/in_turn.ts";
import { conversationArgument, sayAliases, type SayFlags, sayFlags, saying } from "../names/overlays.ts";
import { textArgument } from "../input/text_argument.ts";

type WidgetFlags = SayFlags & {
  readonly kind: WidgetKind;
  readonly title?: string;
  readonly unit?: string;
  readonly max?: number;
  readonly age?: number;
  readonly warn?: number;
  readonly alarm?: number;
  readonly info?: string;
  readonly summary?: string;
  readonly notify: boolean;
};

const numberFlag = (brief: string) =>
  ({ kind: "parsed", parse: parseNumber, optional: true, placeholder: "number", brief }) as const;

/** `dmsg widget`. */
const widget: Command<Context> = command({
  brief: "Publish a value for a dashboard, as a bot does",
  details:
    "The value of a switch is on or off; of a spark, numbers with commas; of since, a time, a date, or how long ago\n" +
    "(2h); of a table, rows with ; and cells with , between them, the heading first. A widget takes a value every 10\n" +
    "s (`dmsg bot pace`): one that comes sooner waits for its turn, and a later one replaces it; with status 7 it is\n" +
    "sent when its turn is further away than --wait and 10 s. Status 0: it has arrived, or a later one was sent;\n" +
    "10: it is queued.",
  examples: [
    ["dmsg widget ops load 0.7 --kind gauge --max 4 --warn 3 --alarm 4", "A gauge with thresholds"],
    ["dmsg widget ops backup off --kind switch --age 1d", "Stale after a day"],
    ["pgrep -c sshd | dmsg widget ops logins", "The value from a pipe"],
    ["dmsg widget ops backup off --kind switch --info 'Backup failed' --notify", "And said in the chat"],
  ],
  parameters: {
    flags: {
      kind: { kind: "enum", values: WIDGET_KINDS, default: "number", brief: "How it is drawn" },
      title: { kind: "parsed", parse: String, optional: true, placeholder: "text", brief: "Above it" },
      unit: { kind: "parsed", parse: String, optional: true, placeholder: "text", brief: "Behind a number" },
      max: numberFlag("The end of a gauge or a bar; 100 when left out"),
      age: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "It is stale when it is older",
      },
      warn: numberFlag("From here on it is a warning"),
      alarm: numberFlag("From here on it is an alarm; below --warn, lower is worse"),
      info: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "text",
        brief: "A line for the chat instead of the value, 50 columns",
      },
      summary: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "text",
        brief: "What stands for the conversation where all are listed, 20 columns",
      },
      notify: { kind: "boolean", default: false, withNegated: false, brief: "Notify people as of a message" },
      ...sayFlags,
    },
    aliases: sayAliases,
    positional: {
      kind: "tuple",
      parameters: [
        conversationArgument,
        textArgument("widget", "Its name, the same each time"),
        givenArgument("value", "What it says now"),
      ],
    },
  },
  async run(context: Context, flags: WidgetFlags, where: string, id: string, said?: string) {
    const text = await givenText(context.input, said, "widget", "value");
    const { kind, title, unit, max, age, warn, alarm, info, summary, notify } = flags;
    const given = Object.fromEntries(
      Object.entries({
        title,
        unit,
        max,
        ageMs: age,
        warn,
        alarm,
        info,
        summary,
        notify: notify || undefined,
      })
        .filter(([, value]) => value !== undefined),
    );
    const value = valueOf(kind, text, context.clock.wallNs());
    return await saying(
      context,
      flags,
      "widget",
      where,
      "publish",
      ({ app }, how) => publishInTurn(context, app, { ...how, widget: { id, kind, value, ...given } }),
    );
  },
});

export default widget;

function valueOf(kind: WidgetKind, text: string, nowNs: bigint): WidgetValue {
  switch (kind) {
    case "text":
      return text;
    case "switch":
      if (text === "on" || text === "off") return text === "on";
      throw usage("A switch is on or off");
    case "table":
      return text.split(";").map((row) => row.split(",").map((cell) => cell.trim()));
    case "spark":
      return text.split(",").map((one) => numberIn(one.trim()));
    case "since":
      return timeIn(text, nowNs);
    default:
      return numberIn(text);
  }
}

function numberIn(text: string): number {
  if (isNumber(text)) return Number(text);
  throw usage(`${JSON.stringify(text)} is no number`);
}

/** Milliseconds since 1970. RFC 3339 lets a blank stand for the T, and `date --rfc-3339=s` writes it so. */
function timeIn(text: string, nowNs: bigint): number {
  try {
    const at = parseSince(text.replace(/^(\d{4}-\d\d-\d\d) /, "$1T"))(nowNs);
    return Number(parseGoTime(at) / 1_000_000n);
  } catch {
    throw usage(`${JSON.stringify(text)} is no time`);
  }
}

function parseNumber(text: string): number {
  if (!isNumber(text)) throw new SyntaxError("it is a number such as 80 or 0.5");
  return Number(text);
}

const isNumber = (text: string): boolean => /^-?\d{1,16}(\.\d{1,16})?$/.test(text);
const usage = (message: string): UserError =>
  new UserError(message, { kind: "usage", hint: "See `dmsg widget --help` for what each kind takes." });
