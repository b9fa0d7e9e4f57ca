/**
 * Invites in what people say: a link that a text holds, with or without a line about it, as every program writes them.
 *
 * @see specification skychat §b.8, §h.3
 * @module
 */

/** Characters that are looked through: a longer text is no invite but holds one, and costs too much. */
const MAX_CHARS = 65_536;
/** A link between white space; a sentence may go on behind it. */
const LINK =
  /(?:^|\s)((?:skychat|dmsg):invite:[A-Za-z0-9_-]+|[Ss][Kk][Yy][Cc][Hh][Aa][Tt]:\/\/[0-9A-Fa-f]{66}(?:\/[0-9A-Fa-f-]{36})?\/?)(?=$|[\s.,;:!?)\]}>"'])/;

/** The first link in a text; undefined: it holds none. It need not be a good one. */
export function inviteIn(text: string): string | undefined {
  if (text.length > MAX_CHARS || !/skychat:|dmsg:invite:/i.test(text)) return undefined; // as nearly all are
  return LINK.exec(text)?.[1];
}

/** A message that offers a link: a line that everybody can read, then the link alone on one. */
export const inviteText = (line: string, link: string): string => `[invite] ${line}\n${link}`;
