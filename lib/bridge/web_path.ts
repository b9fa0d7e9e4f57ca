/**
 * The path of a request as a name below a directory.
 *
 * @see RFC 3986 §3.3; lib/bridge/README.md "Files"
 * @module
 */

/** What is served although it begins with a dot (RFC 8615). */
const WELL_KNOWN = ".well-known";

/** A name that is asked for. */
export interface WebPath {
  /** Parts joined by `/`; empty for the directory itself. */
  readonly name: string;
  /** The path ends with `/`: a directory is asked for. */
  readonly directory: boolean;
}

/**
 * Reads the target of a request.
 * @param target  `/a%20b/c?query`, or with scheme and host before it, as proxies are asked.
 * @returns `malformed`: no path, or no UTF-8 behind `%`. undefined: a name that is never served. It is hidden (begins with
 * a dot), leads elsewhere (`..`), or has a slash, backslash or control character in a part, however it is written.
 */
export function webPath(target: string): WebPath | "malformed" | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  if (!path.startsWith("/")) return "malformed";
  let parts: string[];
  try {
    parts = path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return "malformed";
  }
  const directory = parts.at(-1) === "";
  const named = parts.filter((part) => part !== "");
  if (named.some((part) => /[/\\]|\p{Cc}/u.test(part) || (part.startsWith(".") && part !== WELL_KNOWN))) {
    return undefined;
  }
  return { name: named.join("/"), directory };
}

/**
 * One range of bytes out of a `Range` field.
 * @param size  Bytes of the whole.
 * @returns The first byte and the one behind the last; `unsatisfiable`; undefined when the whole is to be sent: no
 * range, several, or something that is none (RFC 9110 §14.2 lets us).
 */
export function byteRange(
  field: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | "unsatisfiable" | undefined {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(field ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [match[1], match[2]].map((text) => text === "" ? undefined : Number(text));
  if (first === undefined) {
    return last === 0 || size === 0 ? "unsatisfiable" : { from: Math.max(0, size - last!), to: size };
  }
  if (last !== undefined && last < first) return undefined;
  return first >= size ? "unsatisfiable" : { from: first, to: Math.min(size, (last ?? size) + 1) };
}
