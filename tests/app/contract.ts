/**
 * What holds for every {@link App}, however it is made: a contract for each member. The maker gives two that can reach
 * each other.
 *
 * @module
 */
import { eventsContract } from "./contract/events.ts";
import { filesContract } from "./contract/files.ts";
import { groupsContract } from "./contract/groups.ts";
import { messagesContract } from "./contract/messages.ts";
import { nodeContract } from "./contract/node.ts";
import { outboxContract } from "./contract/outbox.ts";
import { overlaysContract } from "./contract/overlays.ts";
import { pairsContract } from "./contract/pairs.ts";
import { peersContract } from "./contract/peers.ts";
import { definer, type MakePair } from "./contract/support.ts";

/** Defines the tests. @param name  Who is tested, as the titles begin. */
export function appContract(name: string, make: MakePair): void {
  const test = definer(name, make);
  messagesContract(test);
  outboxContract(test);
  peersContract(test);
  eventsContract(test);
  nodeContract(test);
  groupsContract(test);
  overlaysContract(test);
  pairsContract(test);
  filesContract(test);
}
