/** Runners of the groups `file_container` and `file_transfer` of skychat.json. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { concat, fromHex, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { CHUNK_BYTES, encodeHeader, fileKey, sealChunk } from "../../../lib/xfer/container.ts";
import { openContainer } from "../../xfer/open_container.ts";
import { encodeVerdict, parseOffer } from "../../../lib/xfer/frames.ts";
import { receiveFile, sendFile } from "../../../lib/xfer/transfer.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { memoryFile, MemoryTree } from "../../fakes/tree.ts";
import { byMember, each, errorOf, readAll, whole } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

/** The rule of the nonces of a file that says so; they are listed with each container as well. */
const NONCE_RULE = 'SHA-256("nonce <i>")[0..12]';

/** What a file holds whose bytes are not listed, in the words of the vectors. */
const PATTERN = "bytes i mod 251";

/** Containers byte for byte with the nonces of the file, and back; one that is altered does not open. */
export const skychatFileContainer: GroupRunner = (group) =>
  byMember(group, {
    group_key_hex: () => [],
    group_id: () => [],
    file_id: () => [],
    nonce_rule_for_vector: (rule) =>
      rule !== NONCE_RULE ? [] : [{
        name: rule,
        run: () => {
          for (const { nonces_hex } of group.cases) {
            for (const [i, hex] of nonces_hex.entries()) {
              strictEqual(hex, toHex(sha256(utf8(`nonce ${i}`)).slice(0, 12)));
            }
          }
        },
      }],
    file_key_hex: (hex) => [{
      name: "file_key_hex",
      run: () =>
        strictEqual(toHex(fileKey(fromHex(group.group_key_hex), group.group_id, group.file_id)), hex),
    }],
    cases: each(({ name }) => name, (entry) => {
      const plain = entry.plain_hex === undefined
        ? Uint8Array.from({ length: entry.plain_size }, (_, i) => i % 251)
        : fromHex(entry.plain_hex);
      strictEqual(plain.length, entry.plain_size);
      strictEqual(entry.plain ?? PATTERN, PATTERN, "what the file holds");
      const ids = { groupId: group.group_id, fileId: group.file_id };
      const header = encodeHeader({ ...ids, name: entry.name, size: plain.length });
      strictEqual(toHex(header), entry.header_hex);
      const key = fileKey(fromHex(group.group_key_hex), ids.groupId, ids.fileId);
      const chunks = Array.from({ length: entry.chunks }, (_, i) =>
        sealChunk(
          key,
          header,
          i,
          i === entry.chunks - 1,
          plain.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
          { bytes: () => fromHex(entry.nonces_hex[i]) },
        ));
      strictEqual(entry.nonces_hex.length, entry.chunks, "a nonce for each chunk");
      const container = concat(header, ...chunks);
      strictEqual(container.length, entry.total_len);
      strictEqual(toHex(sha256(container)), entry.container_sha256);
      if (entry.container_hex !== undefined) strictEqual(toHex(container), entry.container_hex);
      const groupKey = fromHex(group.group_key_hex);
      const opened = openContainer([new Uint8Array(32), groupKey], container);
      strictEqual(toHex(opened.plain), toHex(plain));
      strictEqual(opened.header.name, entry.name);
      for (const at of [0, 5, header.length - 1, container.length - 1]) {
        const altered = container.slice();
        altered[at] ^= 1;
        errorOf(() => openContainer([groupKey], altered));
      }
      errorOf(() => openContainer([groupKey], container.subarray(0, -1)));
    }),
  });

/** The transcript, both roles, and the two refusals. */
export const skychatFileTransfer: GroupRunner = (members) => whole(members, transferCases);

// deno-lint-ignore no-explicit-any
const transferCases = (group: any): VectorCase[] => [
  {
    name: "our sender and our receiver write the transcript",
    run: async () => {
      const sender = concat(fromHex(group.sender_1), fromHex(group.sender_2_raw), fromHex(group.sender_3));
      const receiver = concat(fromHex(group.receiver_1), fromHex(group.receiver_2));
      const offer = parseOffer(fromHex(group.sender_1).subarray(4))!;
      const options = { clock: new FakeClock(), digest: sha256Stream };
      const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
      await far.write(receiver);
      deepStrictEqual(await sendFile(near, offer, memoryFile(fromHex(group.sender_2_raw)), options), {
        kind: "delivered",
      });
      strictEqual(toHex(await readAll(far)), toHex(sender));
      const [ours, theirs] = memoryDuplexPair({ bufferBytes: Infinity });
      await theirs.write(sender);
      await theirs.closeWrite();
      const tree = new MemoryTree();
      const kept = await receiveFile(
        ours,
        offer.from,
        () => ({ ok: true, open: () => tree.create("f") }),
        options,
      );
      strictEqual(kept.kind, "kept");
      strictEqual(toHex(await readAll(theirs)), toHex(receiver));
    },
  },
  {
    name: "refusals",
    run: () => {
      strictEqual(toHex(encodeVerdict({ id: "", ok: false, err: "declined" })), group.decline);
      const { id } = parseOffer(fromHex(group.sender_1).subarray(4))!;
      strictEqual(toHex(encodeVerdict({ id, ok: false, err: "checksum mismatch" })), group.mismatch_receipt);
    },
  },
];
