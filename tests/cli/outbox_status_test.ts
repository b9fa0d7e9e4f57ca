/**
 * What a message that is tried again ends with: the status of a `send` that ends so.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { statusOfRetried } from "../../cli/commands/outbox.ts";
import { failureOf, Status } from "../../cli/exit.ts";
import { refusal } from "../../lib/dmsg/streams/dial_errors.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";

const PEER = { pk: "02".padEnd(66, "a"), port: 1 };

Deno.test("A retry that the peer refuses has the status of a send that it refuses", () => {
  const no = new ProtocolError("no such port", { by: "peer", code: 306, ends: "stream" });
  const error = refusal(PEER, no);
  strictEqual(failureOf(error).status, Status.refused);
  strictEqual(statusOfRetried("failed", error.message), Status.refused);
});

Deno.test("Words of a peer in another failure make no refusal of it", () => {
  strictEqual(
    statusOfRetried("failed", `Cannot reach ${PEER.pk}: x refused the stream: y`),
    Status.unreachable,
  );
});
