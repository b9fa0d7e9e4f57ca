/**
 * What a conversation with a peer tells that the peer has not written.
 *
 * @module
 */
import type { NewMessage } from "../store/store.ts";

/** Who says it: no peer can give a message a reason. */
export const SAID_HERE = "said by this program, not by the peer";

/** Whether this program has put a message into a conversation with a peer. */
export const isSaidHere = ({ reason }: Pick<NewMessage, "reason">): boolean => reason === SAID_HERE;
