/**
 * For whom something is that is said in a group made with `--keys d2`: the flags `--to` and `--except`.
 *
 * @see docs/d2.md "Messages"
 * @module
 */
import { ADMINS, type GroupAudience } from "../../lib/app/groups/saying/audience.ts";
import type { Context } from "../context.ts";
import { peerNamed } from "../names/peers.ts";

/** What says for whom something is. */
export interface AudienceFlags {
  /** Keys, aliases, `admins` or `all`. */
  readonly to?: readonly string[];
  /** Keys, aliases or `admins`. */
  readonly except?: readonly string[];
}

const ALL = "all";

const names = (brief: string) =>
  ({ kind: "parsed", parse: String, optional: true, variadic: ",", placeholder: "pk", brief }) as const;

/** `--to` and `--except`. */
export const audienceFlags = {
  to: names("Only for these members; admins: who decides, all: everybody. Needs a group made with --keys d2"),
  except: names("For all but these members; needs a group made with --keys d2"),
};

/** The audience that flags name; undefined: they name none. @throws {UserError} usage: a name that there is not. */
export async function audienceIn(
  context: Context,
  { to, except }: AudienceFlags,
): Promise<GroupAudience | undefined> {
  if (to === undefined && except === undefined) return undefined;
  const keys = (named: readonly string[]): Promise<string[]> =>
    Promise.all(named.map((name) => name === ADMINS ? name : peerNamed(context, name)));
  return {
    ...(to === undefined || to.includes(ALL) ? {} : { to: await keys(to) }),
    ...(except === undefined ? {} : { except: await keys(except) }),
  };
}
