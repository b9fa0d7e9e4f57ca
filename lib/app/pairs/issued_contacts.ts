/**
 * Signed invites to us as a contact: issues, shows and revokes them, and judges who comes by one.
 *
 * @see lib/pair/README.md "Invites"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import {
  INVITE_ID_BYTES,
  makeSignedInvite,
  readSignedInvite,
  SignedInviteError,
} from "../../group/joining/signed_invite.ts";
import {
  type ContactInvite,
  type ContactInviteEnd,
  contactInviteState,
  encodeContactInvite,
  isForgotten,
  MAX_OPEN_CONTACT_INVITES,
  readContactInvite,
  useContactInvite,
} from "../../pair/contact_invite.ts";
import type { Change, Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { goTrim } from "../../wire/go_json.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import { endOf } from "../groups/views/invite_terms.ts";
import type { InviteTerms, IssuedInvite } from "../groups/views/issued.ts";
import { CONTACT_INVITES } from "./has_pairs.ts";

/** What they work with. */
export interface IssuedContactsParts {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps them. */
  readonly store: Store;
  /** They end. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Their ids. */
  readonly random: Random;
}

/** What is said to who comes by one: let in, with the change that keeps it, or why not. */
export type ContactVerdict =
  | { readonly id: string; readonly change: Change }
  | { readonly id: string; readonly ended: ContactInviteEnd };

/** See the module. Whoever calls takes care that one call follows the other. */
export class IssuedContacts {
  readonly #parts: IssuedContactsParts;

  /** Nothing is read yet. */
  constructor(parts: IssuedContactsParts) {
    this.#parts = parts;
  }

  /** Issues one. @throws {UserError} usage: none may say that; refused: too many are open. */
  async issue(terms: InviteTerms): Promise<IssuedInvite> {
    const { clock, own, random } = this.#parts;
    const issuedNs = clock.wallNs();
    const { uses, note = "" } = terms;
    const expiresNs = endOf(terms, issuedNs);
    const all = await this.#all();
    const gone = all.filter((invite) => isForgotten(invite, issuedNs)).map(({ id }) => keep(id, undefined));
    const open = all.filter((invite) => contactInviteState(invite, issuedNs) === "open");
    if (open.length >= MAX_OPEN_CONTACT_INVITES) {
      throw new UserError(`${MAX_OPEN_CONTACT_INVITES} invites to us are open`, {
        kind: "refused",
        hint: "`dmsg invite revoke` takes one back.",
      });
    }
    const id = toHex(random.bytes(INVITE_ID_BYTES));
    const said = { id, issuedNs, expiresNs, uses, note };
    const link = makeSignedInvite({ ...said, onlyInviter: true, group: undefined }, own);
    const invite: ContactInvite = { ...said, link, used: [], revokedNs: GO_ZERO_TIME_NS };
    await this.#commit([...gone, keep(id, invite)]);
    return this.#viewOf(invite, issuedNs);
  }

  /** All that are remembered, the newest first. */
  async list(): Promise<IssuedInvite[]> {
    const nowNs = this.#parts.clock.wallNs();
    return (await this.#all()).filter((invite) => !isForgotten(invite, nowNs))
      .sort((a, b) => a.issuedNs < b.issuedNs ? 1 : -1).map((invite) => this.#viewOf(invite, nowNs));
  }

  /** Takes one back. @throws {UserError} usage: there is none, or it was taken back before. */
  async revoke(id: string): Promise<void> {
    const invite = await this.#get(id);
    if (invite === undefined) {
      throw new UserError(`There is no invite ${id.slice(0, 8)} to us`, {
        kind: "usage",
        hint: "`dmsg invite ls` shows all.",
      });
    }
    if (invite.revokedNs !== GO_ZERO_TIME_NS) {
      throw new UserError("The invite was revoked before: nothing changes", {
        kind: "usage",
        hint: "`dmsg invite ls` shows how each stands.",
      });
    }
    await this.#commit([keep(id, { ...invite, revokedNs: this.#parts.clock.wallNs() })]);
  }

  /**
   * Somebody comes by one. No signature is looked at: a text that we know is ours, and any other lets nobody in.
   * @returns undefined: it does not say that it is ours.
   */
  async judge(peer: PublicKeyHex, text: string): Promise<ContactVerdict | undefined> {
    const nowNs = this.#parts.clock.wallNs();
    const said = read(text);
    if (said === undefined || said.inviter !== this.#parts.own.pk || said.group !== undefined) {
      return undefined;
    }
    const { id, expiresNs } = said;
    const invite = await this.#get(id);
    if (invite?.link !== goTrim(text)) return { id, ended: nowNs >= expiresNs ? "expired" : "revoked" };
    const used = useContactInvite(invite, peer, nowNs);
    return typeof used === "string" ? { id, ended: used } : { id, change: keep(id, used) };
  }

  async #all(): Promise<ContactInvite[]> {
    const kept = await this.#parts.store.values.list(CONTACT_INVITES);
    return kept.flatMap(({ value }) => readContactInvite(value) ?? []);
  }

  async #get(id: string): Promise<ContactInvite | undefined> {
    const value = await this.#parts.store.values.get(CONTACT_INVITES, id);
    return value && readContactInvite(value);
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    const result = await this.#parts.store.commit(changes);
    if (!result.ok) throw new Error(`invites to us: nothing was kept: ${result.reason}`);
  }

  #viewOf(invite: ContactInvite, nowNs: bigint): IssuedInvite {
    const { id, link, issuedNs, expiresNs, uses, used, note } = invite;
    const { pk } = this.#parts.own;
    const state = contactInviteState(invite, nowNs);
    return {
      id,
      inviter: pk,
      issued: formatGoTime(issuedNs),
      expires: formatGoTime(expiresNs),
      uses,
      used: used.map(({ peer, atNs }) => ({ pk: peer, by: pk, ts: formatGoTime(atNs) })),
      atMost: uses,
      onlyInviter: true,
      state,
      ...(state === "revoked" ? { revokedBy: pk } : {}),
      link,
      ...(note === "" ? {} : { note }),
    };
  }
}

const keep = (id: string, invite: ContactInvite | undefined): Change => ({
  kind: "value",
  room: CONTACT_INVITES,
  name: id,
  value: invite && encodeContactInvite(invite),
});

/** What a text says, whoever has signed it. */
function read(text: string): ReturnType<typeof readSignedInvite> | undefined {
  try {
    return readSignedInvite(text, { sign: () => new Uint8Array(0), verify: () => true });
  } catch (error) {
    if (!(error instanceof SignedInviteError)) throw error;
    return undefined;
  }
}
