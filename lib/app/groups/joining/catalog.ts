/**
 * The groups that a peer shows to strangers.
 *
 * @see specification skychat §b.14
 * @module
 */
import { encodeChatFrame } from "../../../chat/frame.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { DESCRIBE_PORT, formatSkychatAddress } from "../../../group/record/address.ts";
import { type Catalog, encodeDescribeRequest, readCatalog } from "../../../group/joining/admission.ts";
import { isUuid } from "../../../group/record/uuid.ts";
import { within } from "../../../sys/clock.ts";
import { cutUtf8 } from "../../../wire/bytes.ts";
import { NetworkError, UserError } from "../../../wire/errors.ts";
import { readOneFrame } from "./admission.ts";
import type { AskingOptions } from "./asking.ts";
import { kindNamed, policyNamed, workNamed } from "./described.ts";
import { late } from "../feeds/group_network.ts";
import type { CatalogView } from "../groups.ts";

/** How long a host may take (§b.14). */
const CATALOG_MS = 8_000;
/** Of a name in it. */
const MAX_NAME_BYTES = 64;

/**
 * Asks a peer on its describe port.
 * @throws {UserError} no-network; refused: nothing of it listens there.
 * @throws {NetworkError} It is not to be reached, says nothing in time, or knows no catalogs.
 */
export async function catalogOf(
  pk: PublicKeyHex,
  { network, clock }: AskingOptions,
  signal?: AbortSignal,
): Promise<CatalogView> {
  if (network === undefined) {
    throw new UserError("A catalog needs the network", { kind: "no-network", hint: "Leave --offline out." });
  }
  const stream = await network.dial({ pk, port: DESCRIBE_PORT }, signal).catch((error) => {
    throw error instanceof NetworkError && error.reason === "refused" ? listsNothing(pk, error) : error;
  });
  const ask = async (): Promise<Catalog | undefined> => {
    await stream.write(encodeChatFrame(encodeDescribeRequest("catalog_request", clock.wallNs())));
    const payload = await readOneFrame(stream);
    return payload && readCatalog(payload);
  };
  const catalog = await within(clock, CATALOG_MS, ask(), () => late(pk)).finally(() => stream.close());
  if (catalog === undefined) {
    throw new NetworkError(`${pk.slice(0, 8)}… gave no catalog`, { retry: false, reason: "refused" });
  }
  // What leads into no group is no line of a list.
  const entries = catalog.entries.filter(({ id, port }) => isUuid(id) && port !== 0);
  const groups = entries.map(({ id, name, groupKind, policy, powBits }) => ({
    id,
    name: cutUtf8(name, MAX_NAME_BYTES).toWellFormed(),
    kind: kindNamed(groupKind),
    policy: policyNamed(policy, groupKind),
    powBits: workNamed(powBits),
    // Who is asked is authenticated; the host that it names is not.
    address: formatSkychatAddress({ pk, group: id }),
  }));
  return { groups, truncated: catalog.truncated };
}

/** It was reached, and takes nothing on its describe port. */
const listsNothing = (pk: PublicKeyHex, cause: Error): UserError =>
  new UserError(`${pk} lists no groups`, {
    kind: "refused",
    hint: "It has none to show, or its program knows no catalogs; an invite leads into a group as well.",
    cause,
  });
