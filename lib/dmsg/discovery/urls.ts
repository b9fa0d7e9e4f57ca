/**
 * Base URLs of discoveries, as people write them.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { dmsgPlace } from "./place.ts";

/**
 * Checks base URLs and brings them into one form.
 * @param urls  `http://host:port`, with or without a trailing slash or a path, or as {@link dmsgPlace} has it; duplicates
 *   are dropped.
 * @returns One or more URLs without a trailing slash.
 * @throws {UserError} usage: no URL, or one that is neither a plain http or https URL nor a discovery over dmsg.
 * @example `discoveryBases(["http://127.0.0.1:9090/"])` is `["http://127.0.0.1:9090"]`.
 */
export function discoveryBases(urls: readonly string[]): string[] {
  const bases = [...new Set(urls.map(discoveryBase))];
  if (bases.length > 0) return bases;
  throw new UserError("No discovery is configured", {
    hint: "Name one or more discovery URLs, such as http://127.0.0.1:9090.",
    kind: "usage",
  });
}

function discoveryBase(text: string): string {
  const place = dmsgPlace(text.trim());
  if (place && /^\/*$/.test(place.path)) return place.base;
  const url = URL.parse(text);
  // A password must not come back in a message, so the text stays out of this one.
  if (text.includes("@") || url?.search || url?.hash) {
    throw new UserError("A discovery URL can't have a user name, a query or a fragment", {
      hint: "Write http://host:port.",
      kind: "usage",
    });
  }
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const withScheme = URL.parse(`http://${text}`) !== null && !text.includes("://");
    const hint = withScheme ? `Write http://${text}.` : "Write http://host:port or https://host.";
    throw new UserError(`Discovery URL "${text}" has no http or https scheme`, { hint, kind: "usage" });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
