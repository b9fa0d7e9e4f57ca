/**
 * By which signed invites we have asked to be somebody's contact, as small values of the store, by inviter.
 *
 * @see lib/pair/README.md "Invites"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, Store } from "../../store/store.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { field, goString, type GoStruct, goStruct, goTime, omitted } from "../../wire/go_struct.ts";
import { type InviteEnded, isEnded } from "../groups/views/issued.ts";
import { PAIR_ASKED } from "./has_pairs.ts";

/** One by which we have asked. */
export interface AskedBy {
  /** Its id. */
  readonly id: string;
  /** Its text, to ask again. */
  readonly link: string;
  /** Its end, nanoseconds. */
  readonly expiresNs: bigint;
  /** Why it lets us not in; empty: nobody has said so. */
  readonly ended: InviteEnded | "";
}

const RECORD: GoStruct<Omit<AskedBy, "ended"> & { ended: string }> = goStruct({
  id: field("id", goString),
  link: field("link", goString),
  expiresNs: field("expires_at", goTime),
  ended: omitted("ended", goString),
});

/** The change that keeps one, or drops it. */
export const keepAskedBy = (peer: PublicKeyHex, asked: AskedBy | undefined): Change => ({
  kind: "value",
  room: PAIR_ASKED,
  name: peer,
  value: asked && utf8(RECORD.encode(asked)),
});

/** The one by which we have asked somebody. */
export async function askedBy({ values }: Store, peer: PublicKeyHex): Promise<AskedBy | undefined> {
  const value = await values.get(PAIR_ASKED, peer);
  return value && read(value);
}

/** All, by inviter. */
export async function allAskedBy({ values }: Store): Promise<ReadonlyMap<PublicKeyHex, AskedBy>> {
  const all = await values.list(PAIR_ASKED);
  return new Map(all.flatMap(({ name, value }) => {
    const asked = read(value);
    return asked === undefined ? [] : [[name, asked] as const];
  }));
}

function read(bytes: Uint8Array): AskedBy | undefined {
  const asked = RECORD.decode(fromUtf8(bytes));
  return asked && { ...asked, ended: isEnded(asked.ended) ? asked.ended : "" };
}
