/** Runner of the group `messages` of cxo.json. */
import { strictEqual, throws } from "node:assert/strict";
import { decodeMessage, encodeBody, typeNumber } from "../../../lib/cxo/connection/message.ts";
import { concat } from "../../../lib/wire/bytes.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { entries, hexEqual, hexOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** Each message read, named, written again, and refused when a byte is missing or left. */
export const cxoMessages: GroupRunner = (group) =>
  entries(
    group,
    ({ name, description }) => description ? `${name}: ${description}` : name,
    (entry) => {
      const bytes = hexOf(entry, "hex");
      const body = bytes.subarray(1);
      const message = decodeMessage(bytes[0], body);
      strictEqual(bytes[0], entry.type, "type");
      strictEqual(message.type, entry.name, "name");
      hexEqual(concat(Uint8Array.of(typeNumber(message.type)), encodeBody(message)), entry.hex, "encoded");
      throws(() => decodeMessage(bytes[0], concat(body, Uint8Array.of(0))), ProtocolError, "a byte too many");
      if (body.length > 0) throws(() => decodeMessage(bytes[0], body.subarray(0, -1)), ProtocolError);
    },
  );
