/**
 * What an admin's answer to a request to be let in means.
 *
 * @see specification skychat §b.7
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { JoinResponse } from "../../../group/joining/admission.ts";
import { isAsking } from "../../../group/record/record.ts";
import type { GroupRoom } from "../room/group_room.ts";
import { isEnded } from "../views/issued.ts";

/** Who has said what. */
export interface Answered {
  /** An admin that was asked. */
  readonly from: PublicKeyHex;
  /** Its answer. */
  readonly response: JoinResponse;
}

/** Whether a repeat may say that it is one. Go always gives a reason, and reads a wish from that (lib/group/README.md). */
export const isKept = (response: JoinResponse | undefined): boolean =>
  response?.status === "pending" && response.reason === "";

/** Whether we are let into a D2 group and did not know that it is one. A group that has given us a key never becomes one. */
export const isOfD2 = ({ status, keys }: JoinResponse, { record }: GroupRoom): boolean =>
  status === "admitted" && keys === "d2" && record.keys === "" && record.mode === "private" &&
  record.aesKey.length === 0;

/** Whether we have asked to be let in, and nobody has said yes or no. */
export const isWaiting = ({ record }: GroupRoom): boolean => isAsking(record);

const DECISIONS: readonly string[] = ["admitted", "denied", "banned"];

/** Whether nobody else needs to be asked. That an admin is to decide is no answer to an invite by which another lets in. */
export function isDecisive(status: string, { extra: { invite } }: GroupRoom): boolean {
  if (DECISIONS.includes(status)) return true;
  return invite === "" ? status === "pending" : isEnded(status);
}
