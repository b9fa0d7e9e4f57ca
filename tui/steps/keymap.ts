/**
 * Which key runs which command, by place. The configuration file adds and changes lines; `vim` adds another table.
 *
 * @module
 */

/** Where a key is pressed. */
export type Place = "any" | "picker" | "compose" | "messages";

/** Names of commands by place and key. */
export type Keymap = Readonly<Record<Place, Readonly<Record<string, string>>>>;

/** The keys as they are when nothing is set. */
const DEFAULT_KEYS: Keymap = {
  any: {
    "ctrl+k": "palette",
    "f1": "help",
    "ctrl+c": "quit",
    "ctrl+q": "quit",
    "ctrl+n": "network",
    "ctrl+z": "suspend",
    "ctrl+l": "redraw",
    "ctrl+s": "search",
    "alt+o": "outbox",
    "alt+a": "next-unread",
  },
  picker: {
    "up": "up",
    "down": "down",
    "ctrl+p": "up",
    "pageup": "page-up",
    "pagedown": "page-down",
    "home": "first",
    "end": "last",
    "enter": "open",
    "right": "open",
    "n": "new",
    "g": "create-group",
    "i": "join",
    "I": "invite-me",
    "f": "filter",
    "r": "refresh",
    "A": "requests",
    "P": "person",
    "M": "mark-read",
    "q": "quit",
    "?": "help",
    "/": "palette",
    "esc": "back",
  },
  compose: {
    "enter": "send",
    "alt+enter": "newline",
    "ctrl+j": "newline",
    "shift+enter": "newline",
    "esc": "back",
    "pageup": "page-up",
    "pagedown": "page-down",
    "alt+up": "select",
    "ctrl+up": "select",
    "ctrl+end": "bottom",
    "alt+u": "unread",
    "alt+p": "person",
    "alt+e": "editor",
    "ctrl+x": "editor",
    "ctrl+p": "older-line",
    "alt+n": "newer-line",
    "tab": "complete",
  },
  messages: {
    "up": "up",
    "down": "down",
    "alt+up": "up",
    "alt+down": "down",
    "ctrl+up": "up",
    "ctrl+down": "down",
    "pageup": "page-up",
    "pagedown": "page-down",
    "home": "oldest",
    "end": "bottom",
    "enter": "compose",
    "esc": "compose",
    "q": "compose",
    "r": "reply",
    "f": "forward",
    "d": "delete",
    "c": "copy",
    "y": "copy",
    "K": "copy-key",
    "i": "evidence",
    "l": "there",
    "a": "take",
    "N": "refuse",
    "R": "retry",
    "x": "cancel",
    "M": "mark-read",
    "u": "unread",
    "p": "person",
    "?": "help",
    "/": "palette",
  },
};

const VIM: Partial<Keymap> = {
  picker: { j: "down", k: "up", g: "first", G: "last", l: "open" },
  messages: { j: "down", k: "up", g: "oldest", G: "bottom" },
};

/**
 * The keys that are in force.
 * @param set  From the configuration: `place.key` or `key` (any place) to a command's name, or to `""` for none.
 * @param vim  Adds the movements of vi.
 */
export function keysWith(set: Readonly<Record<string, string>>, vim: boolean): Keymap {
  const keys: Record<Place, Record<string, string>> = {
    any: { ...DEFAULT_KEYS.any },
    picker: { ...DEFAULT_KEYS.picker, ...(vim ? VIM.picker : {}) },
    compose: { ...DEFAULT_KEYS.compose },
    messages: { ...DEFAULT_KEYS.messages, ...(vim ? VIM.messages : {}) },
  };
  for (const [name, command] of Object.entries(set)) {
    const [place, key] = placeAndKey(name);
    if (command === "") delete keys[place][key];
    else keys[place][key] = command;
  }
  return keys;
}

/** Splits `picker.ctrl+g`; a key alone is one of any place. */
export function placeAndKey(name: string): [Place, string] {
  const match = /^(any|picker|compose|messages)\.(.+)$/s.exec(name);
  return [(match?.[1] ?? "any") as Place, match?.[2] ?? name];
}

/** The command of a key; the place's own come first. */
export const commandOf = (keys: Keymap, place: Place, key: string): string | undefined =>
  keys[place][key] ?? keys.any[key];

/** The keys of a command at a place, as a person reads them. */
export function keysOf(keys: Keymap, place: Place, command: string): string[] {
  const all = { ...keys.any, ...keys[place] };
  return Object.entries(all).filter(([, name]) => name === command).map(([key]) => shownKey(key));
}

const SIGNS: Readonly<Record<string, string>> = {
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  enter: "Enter",
  esc: "Esc",
  tab: "Tab",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
  f1: "F1",
};

/** A key as help shows it: `Ctrl+K`. */
function shownKey(key: string): string {
  const parts = /^((?:(?:ctrl|alt|shift)\+)*)(.+)$/s.exec(key)!;
  const modifiers = parts[1].replaceAll("ctrl", "Ctrl").replaceAll("alt", "Alt").replaceAll("shift", "Shift");
  const base = parts[2];
  const sign = SIGNS[base] ?? base;
  return modifiers + (modifiers !== "" && sign.length === 1 ? sign.toUpperCase() : sign);
}
