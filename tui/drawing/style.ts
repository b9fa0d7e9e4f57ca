/**
 * Names for how a piece of a row looks, and what they are on a terminal: with 16, 256 or all colours, on a dark or a
 * light background, or without colours, where bold, dim and reverse do what can be done.
 *
 * @module
 */

/** How a piece of a row looks. */
export type Style =
  | "plain"
  | "dim"
  | "title"
  | "own"
  | "peer"
  | "selected"
  | "error"
  | "warning"
  | "good"
  | "unread"
  | "link"
  | "quote"
  | "name1"
  | "name2"
  | "name3"
  | "name4"
  | "name5"
  | "name6";

/** How many colours a terminal has. */
export type Depth = "none" | "16" | "256" | "true";

/** Which background it has. */
export type Theme = "dark" | "light";

/** Attributes, then the colour of each depth. */
type Look = readonly [attributes: string, ansi: number | undefined, cube: number, rgb: string];

const DARK: Readonly<Record<Exclude<Style, "plain">, Look>> = {
  dim: ["2", undefined, 245, "138;138;138"],
  title: ["1", 35, 205, "255;95;175"],
  own: ["1", 36, 39, "0;175;255"],
  peer: ["1", 35, 213, "255;135;255"],
  selected: ["7", undefined, 212, "255;135;215"],
  error: ["1", 31, 196, "255;80;80"],
  warning: ["1", 33, 214, "255;175;0"],
  good: ["", 32, 78, "95;215;135"],
  unread: ["1", 33, 220, "255;215;0"],
  link: ["4", 34, 75, "95;175;255"],
  quote: ["3", undefined, 250, "188;188;188"],
  name1: ["1", 35, 213, "255;135;255"],
  name2: ["1", 32, 114, "135;215;135"],
  name3: ["1", 94, 111, "135;175;255"],
  name4: ["1", 95, 180, "215;175;135"],
  name5: ["1", 92, 147, "175;175;255"],
  name6: ["1", 96, 80, "95;215;215"],
};

const LIGHT: typeof DARK = {
  ...DARK,
  dim: ["2", undefined, 242, "108;108;108"],
  title: ["1", 35, 162, "215;0;135"],
  own: ["1", 34, 25, "0;95;175"],
  peer: ["1", 35, 127, "175;0;175"],
  selected: ["7", undefined, 162, "215;0;135"],
  error: ["1", 31, 160, "215;0;0"],
  warning: ["1", 33, 130, "175;95;0"],
  good: ["", 32, 28, "0;135;0"],
  unread: ["1", 33, 94, "135;95;0"],
  link: ["4", 34, 26, "0;95;215"],
  quote: ["3", undefined, 240, "88;88;88"],
  name1: ["1", 35, 127, "175;0;175"],
  name2: ["1", 32, 28, "0;135;0"],
  name3: ["1", 36, 62, "95;95;215"],
  name4: ["1", 95, 95, "135;95;95"],
  name5: ["1", 94, 55, "95;0;175"],
  name6: ["1", 30, 30, "0;135;135"],
};

/** How names in a group look. None is a fault's, a warning's, that of what is unread, or ours. */
const NAMES: readonly Style[] = ["name1", "name2", "name3", "name4", "name5", "name6"];

/** How somebody's name looks in a group: by the key, the same at every start and whatever it is called. */
export const nameStyle = (key: string): Style =>
  NAMES[(Number.parseInt(key.slice(-6), 16) || 0) % NAMES.length];

/** The escape sequence that turns a style on, from whatever was on before. */
export function sequenceOf(style: Style, depth: Depth, theme: Theme): string {
  if (style === "plain") return "\x1b[m";
  const [attributes, ansi, cube, rgb] = (theme === "dark" ? DARK : LIGHT)[style];
  const color = {
    none: "",
    16: ansi === undefined ? "" : `${ansi}`,
    256: `38;5;${cube}`,
    true: `38;2;${rgb}`,
  }[depth];
  // Dim is an attribute where there is no grey to have.
  const kept = style === "dim" && (depth === "256" || depth === "true") ? "" : attributes;
  const set = [kept, color].filter((one) => one !== "").join(";");
  return set === "" ? "\x1b[m" : `\x1b[0;${set}m`;
}

/**
 * The colours that a terminal says it has.
 * @param env  TERM, COLORTERM and NO_COLOR as they are set.
 */
export function depthOf(env: { term?: string; colorterm?: string; noColor: boolean }): Depth {
  if (env.noColor) return "none";
  if (/^(truecolor|24bit)$/.test(env.colorterm ?? "")) return "true";
  return /256color|kitty|alacritty|ghostty|wezterm|foot/.test(env.term ?? "") ? "256" : "16";
}
