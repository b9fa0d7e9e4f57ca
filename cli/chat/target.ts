/**
 * Whom `dmsg chat NAME` talks with: a person by key or alias, or else a group by name or id.
 *
 * @module
 */
import type { Groups } from "../../lib/app/groups/groups.ts";
import { NoIdentity } from "../../lib/identity/identity.ts";
import { mayHoldSecret, UserError } from "../../lib/wire/errors.ts";
import type { AppRequest } from "../app.ts";
import type { Context } from "../context.ts";
import { nobodyNamed } from "../names/conversations.ts";
import { peerNamed } from "../names/peers.ts";

/** A conversation that was named. */
export interface ChatTarget {
  /** The peer's key, or the group's id. */
  readonly key: string;
  /** The group's name; undefined for a person. */
  readonly group?: string;
}

/** A name whose meaning may need the App, which knows our groups. */
export interface ChatName {
  /** Which identity the App may make: none for a name that may be a mistake. */
  readonly makes: AppRequest["makes"];
  /** What it means. @throws {UserError} usage: nobody. */
  find(groups: Pick<Groups, "list">): Promise<ChatTarget>;
  /** Why the App can't be opened, in the name's words. */
  failed(error: unknown): unknown;
}

/**
 * Reads a name.
 * @throws {UserError} usage: a key with a mistake in it.
 */
export async function chatName(context: Context, name: string): Promise<ChatName> {
  try {
    const key = await peerNamed(context, name);
    return { makes: "any", find: () => Promise.resolve({ key }), failed: (error) => error };
  } catch (error) {
    if (!(error instanceof UserError) || mayHoldSecret(name)) throw error;
    const nobody = (hint: string | undefined): UserError => nobodyNamed(name, error, hint);
    return {
      makes: "none",
      async find(groups) {
        const { groupNamed } = await import("../names/groups.ts");
        const { id, name: group } = await groupNamed(groups as Groups, name).catch((why) => {
          throw why instanceof UserError ? nobody(why.hint) : why;
        });
        return { key: id, group };
      },
      failed: (why) => why instanceof NoIdentity && why.kind !== "usage" ? nobody(undefined) : why,
    };
  }
}
