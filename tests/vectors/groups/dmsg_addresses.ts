/** Runner of the group `addresses` of dmsg.json. */
import { strictEqual } from "node:assert/strict";
import { formatAddr, parseAddr } from "../../../lib/dmsg/addr.ts";
import { byMember, each, errorOf, isAsSaid } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface AddressCase {
  input: string;
  error: string | null;
  pk?: string;
  port?: number;
  string?: string;
}

/** Texts that parse, with what they print as, and texts that don't, with Go's message. */
export const dmsgAddresses: GroupRunner = (group) =>
  byMember(group, { cases: each(({ input }) => JSON.stringify(input), runCase) });

function runCase(vector: AddressCase): void {
  if (vector.error !== null) {
    const { message } = errorOf(() => parseAddr(vector.input));
    return strictEqual(isAsSaid(message, vector.error), true, `"${message}" is not "${vector.error}"`);
  }
  const addr = parseAddr(vector.input);
  strictEqual(addr.pk, vector.pk);
  strictEqual(addr.port, vector.port);
  strictEqual(formatAddr(addr), vector.string);
}
