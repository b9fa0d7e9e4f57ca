/**
 * A room of the store with all its values is dropped.
 *
 * @module
 */
import type { Change, Store } from "../store/store.ts";

/** Values that are dropped with one commit, which holds some 900 rows. */
const DROPPED_AT_ONCE = 400;

/** Drops all values of a room, some at a time: a kill in between leaves less of it. @throws What the store throws. */
export async function dropRoom(store: Store, room: string): Promise<void> {
  const names = (await store.values.list(room)).map(({ name }) => name);
  for (let at = 0; at < names.length; at += DROPPED_AT_ONCE) {
    await store.commit(
      names.slice(at, at + DROPPED_AT_ONCE).map((name): Change => ({
        kind: "value",
        room,
        name,
        value: undefined,
      })),
    );
  }
}
