/**
 * A port that is taken again with each next owner.
 *
 * @module
 */
import type { AppListener } from "../../app/node/node.ts";
import type { Claimed } from "../claim.ts";

/** A listener, and the claim that it was opened with. */
export interface Opened {
  /** Of whom. */
  readonly claimed: Claimed;
  /** The port. */
  readonly listener: AppListener;
}

/** What it works with. */
export interface KeptListenerParts {
  /** Takes the port with the owner of now. @throws {UserError} busy. */
  readonly open: () => Promise<Opened>;
  /** An owner has ended. @throws The error when that was not the reason. */
  readonly lost: (claimed: Claimed, error: unknown) => void;
}

/** Takes a port. @throws {UserError} busy. */
export async function keptListener({ open, lost }: KeptListenerParts): Promise<AppListener> {
  let opened = open();
  let closed = false;
  await opened;
  return {
    accept: async () => {
      while (!closed) {
        const mine = opened;
        const { claimed, listener } = await mine;
        try {
          return await listener.accept();
        } catch (error) {
          if (closed) return null;
          lost(claimed, error);
          if (opened === mine) opened = open(); // several accepts may wait: the first one listens again for all
        }
      }
      return null;
    },
    close: () => {
      closed = true;
      opened.then(({ listener }) => listener.close(), () => {});
    },
  };
}
