/**
 * What values of settings may be, wherever they are given: by flag, variable or file.
 *
 * @module
 */

import { dmsgPlace } from "../dmsg/discovery/place.ts";

/** An http(s) URL in its usual form; undefined for anything else, also for one with a password, query or fragment. */
export function plainUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  return isPlain && !url.search && !url.hash ? url.href : undefined;
}

/** The URL of a discovery in its usual form: such a one, or one over dmsg with its servers; undefined for anything else. */
export function discoveryUrl(text: string): string | undefined {
  const place = dmsgPlace(text);
  if (place) return /^\/*$/.test(place.path) ? place.base : undefined;
  return plainUrl(text)?.replace(/\/+$/, "");
}

/** What the URL of a discovery over dmsg looks like. */
export const DMSG_URL_FORM = "dmsg://KEY:80/SERVERKEY@HOST:PORT";

/** Whether an identity can have a name: it is one of a directory as well. */
export const isIdentityName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);

/** What such a name is, for who gave another one. */
export const IDENTITY_NAMES = "1 to 64 letters, digits, dots, dashes, underscores";

/** Commands of `listen --exec` at once, at most: each is a process with its pipes. */
export const MAX_EXEC_JOBS = 64;
