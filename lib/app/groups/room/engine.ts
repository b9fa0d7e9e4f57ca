/**
 * The engine of a room, of what is kept.
 *
 * @module
 */
import type { KeyPair } from "../../../crypto/keys.ts";
import { GroupEngine } from "../../../group/engine.ts";
import type { Store } from "../../../store/store.ts";
import type { Random } from "../../../sys/random.ts";
import { keptLedgers } from "../threads/archive.ts";
import { allTimesHidden, type KeptGroup } from "./kept_groups.ts";
import { tailOfId, timesOfId } from "./message_id.ts";
import { isNotice } from "./notices.ts";
import type { KeptSecrets } from "../../kept_secrets.ts";
import { SEALED } from "./shown.ts";

/** Messages whose names are read at the start; older ones that come again are found in the store. */
const KNOWN_AT_START = 5_000;
const PAGE = 500;

/** Makes the engine of a group. @throws What the store throws. */
export async function engineOf(
  { record, extra, leaves }: KeptGroup,
  { own, store, random, ratchets }: {
    readonly own: KeyPair;
    readonly store: Store;
    readonly random: Random;
    readonly ratchets: KeptSecrets;
  },
): Promise<GroupEngine> {
  const shown = await shownTails(store, record.id);
  const ledgers = await keptLedgers(store, record.id);
  if (record.keys === "d2") await ratchets.load();
  const secrets = record.keys === "d2" ? ratchets.of(record.id) : undefined;
  const holder = { holder: extra.holder || undefined, namedNs: extra.holderNamedNs };
  return new GroupEngine({ own, record, leaves, shown, ledgers, random, ratchets: secrets, holder });
}

async function shownTails(store: Store, group: string): Promise<string[]> {
  const tails: string[] = [];
  const hidden = await allTimesHidden(store, group);
  let before = Infinity;
  while (tails.length < KNOWN_AT_START) {
    const page = before === Infinity
      ? await store.messages.newest(group, PAGE)
      : await store.messages.before(group, before, PAGE);
    if (page.length === 0) break;
    for (const message of page) {
      const { id, reason } = message;
      if (id === undefined || reason === SEALED || isNotice(message)) continue;
      const tail = tailOfId(id);
      // What is hidden now comes back like something new.
      if (timesOfId(id) >= (hidden.get(tail) ?? 0)) tails.push(tail);
    }
    before = page[0].position;
  }
  return tails;
}
