/**
 * What an admin says to those who ask to be let in.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupOut } from "../../../group/group_types.ts";
import { UserError } from "../../../wire/errors.ts";
import { refusal } from "../group_errors.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { WaitingRequest } from "../room/kept_groups.ts";

/** Who was told no is remembered, the last ones. */
const MAX_DENIED = 1000;

/** Lets somebody in. @returns What followed; nothing: it is in. @throws {UserError} refused. */
export async function approve(room: GroupRoom, peer: PublicKeyHex): Promise<readonly GroupOut[]> {
  if (!room.isAdmin) throw refusal("not an admin", room.record);
  const { outs, refused } = await room.handle({ kind: "admit", peer });
  if (refused !== undefined && refused !== "nothing changes") throw refusal(refused, room.record);
  await forgetRequest(room, peer);
  return outs;
}

/** Tells somebody who waits no; who was told so stays so. @throws {UserError} refused; usage: it does not wait. */
export async function deny(room: GroupRoom, peer: PublicKeyHex): Promise<void> {
  if (!room.isAdmin) throw refusal("not an admin", room.record);
  const { waiting, denied } = room.extra;
  if (!waiting.some(({ pk }) => pk === peer)) {
    if (denied.includes(peer)) return;
    const hint = "`dmsg group requests` shows who does.";
    throw new UserError("Nobody with that key waits", { kind: "usage", hint });
  }
  await room.remember(({ waiting, denied }) => ({
    denied: [...denied.filter((pk) => pk !== peer), peer].slice(-MAX_DENIED),
    waiting: waiting.filter(({ pk }) => pk !== peer),
  }));
}

/** Puts somebody on the list. @returns Whether it is new there; who was answered since it was heard is not put there. */
export async function addRequest(room: GroupRoom, request: WaitingRequest): Promise<boolean> {
  const { pk: from } = request;
  let isNew = false;
  await room.remember(({ waiting, denied }) => {
    isNew = !room.isMember(from) && !denied.includes(from) && waiting.every(({ pk }) => pk !== from);
    return isNew ? { waiting: [...waiting, request] } : {};
  });
  return isNew;
}

/** Who is in no longer waits, and is no longer told no. */
export async function forgetRequest(room: GroupRoom, peer: PublicKeyHex): Promise<void> {
  const others = (pk: string): boolean => pk !== peer;
  await room.remember(({ waiting, denied }) =>
    [...waiting.map(({ pk }) => pk), ...denied].includes(peer)
      ? { waiting: waiting.filter(({ pk }) => others(pk)), denied: denied.filter(others) }
      : {}
  );
}
