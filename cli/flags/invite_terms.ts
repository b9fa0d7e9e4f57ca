/**
 * What a signed invite is to say, as flags; and how one that was made is shown.
 *
 * @module
 */
import type { InviteTerms, IssuedInvite } from "../../lib/app/groups/groups.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { inGroup } from "../names/groups.ts";
import { alsoSnake } from "../output/snake.ts";
import { parseUntil } from "../../lib/wire/until.ts";

/** How long one holds that says nothing of it. */
const LASTS = "7d";

/** Flags of what makes one. */
export interface TermFlags {
  /** How many it lets in. */
  readonly uses?: number;
  /** Its end, RFC 3339, once it is known what time it is. */
  readonly expires?: (nowNs: bigint) => string;
  /** For whoever gets it. */
  readonly note?: string;
  /** Only we let in by it. */
  readonly onlyMe: boolean;
}

/** The definitions of {@link TermFlags}. */
export const termFlags = {
  uses: {
    kind: "parsed",
    parse: parseUses,
    optional: true,
    placeholder: "number",
    brief: "Signed: how many people it lets in, 1 to 100 (1)",
  },
  expires: {
    kind: "parsed",
    parse: parseUntil,
    optional: true,
    placeholder: "time",
    brief: `Signed: until when: 2d, a date, or an RFC 3339 time, at most 366d (${LASTS})`,
  },
  note: {
    kind: "parsed",
    parse: String,
    optional: true,
    placeholder: "text",
    brief: "Signed: for whoever gets it, at most 280 bytes",
  },
  onlyMe: {
    kind: "boolean",
    default: false,
    withNegated: false,
    brief: "Signed: only we let in by it, so that the count is exact",
  },
} as const;

/** `--qr`. */
export const qrFlag = {
  kind: "boolean",
  default: false,
  withNegated: false,
  brief: "Draw the link as a QR code too",
} as const;

function parseUses(input: string): number {
  if (!/^\d{1,3}$/.test(input) || Number(input) < 1 || Number(input) > 100) {
    throw new SyntaxError("an invite is for 1 to 100 people");
  }
  return Number(input);
}

/** Whether a signed invite is meant: one of its flags is there. */
export const isSigned = ({ uses, expires, note, onlyMe }: TermFlags): boolean =>
  uses !== undefined || expires !== undefined || note !== undefined || onlyMe;

/** The terms of a signed invite, with what holds where a flag is left out. */
export function termsOf({ uses = 1, expires, note, onlyMe }: TermFlags, { clock }: Context): InviteTerms {
  return {
    uses,
    expires: (expires ?? parseUntil(LASTS))(clock.wallNs()),
    ...(note === undefined ? {} : { note }),
    ...(onlyMe ? { onlyInviter: true } : {}),
  };
}

/** Prints a signed invite that was made or is shown again: its link alone on standard output. */
export async function printIssued(
  context: Context,
  invite: IssuedInvite & { readonly link: string },
  flags: { readonly qr: boolean; readonly json: boolean },
): Promise<void> {
  context.print.out("inviteIssued", {
    ...alsoSnake(invite),
    ...(invite.group === undefined ? {} : inGroup(invite.group)),
  });
  context.print.note("inviteHolds", invite);
  await printQr(context, invite.link, flags);
}

/** Draws a link. @throws {UserError} usage: JSON was asked for as well. */
export async function printQr(
  { print }: Context,
  link: string,
  { qr, json }: { readonly qr: boolean; readonly json: boolean },
): Promise<void> {
  if (!qr) return;
  if (json) throw bothQrAndJson();
  const { renderUnicodeCompact } = await import("uqr");
  print.text(`${renderUnicodeCompact(link, { border: 2 })}\n`);
}

/** The error of two forms at once; also asked before something is made. */
export const bothQrAndJson = (): UserError =>
  new UserError("--qr and --json exclude each other", { kind: "usage", hint: "Give one of them." });
