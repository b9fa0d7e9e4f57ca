/** The texts of `dmsg pair …` that need a peer, against those of the specification (skychat, e). */
import { match, strictEqual } from "node:assert/strict";
import { groupHolder, holdShown } from "../../cli/words/holding.ts";
import { localTime } from "../../cli/words/people.ts";
import {
  pairAdded,
  pairAnswered,
  pairMessage,
  pairRemoved,
  pairSent,
  pairShown,
} from "../../cli/words/pairs.ts";

const PEER = `02${"ab".repeat(32)}`;
const OWN = `03${"cd".repeat(32)}`;
const TS = "2026-05-12T10:00:00Z";

Deno.test("Texts of pairs are those of the specification", () => {
  strictEqual(
    pairAdded({ peer: PEER, sent: true, status: "pending", pk: OWN }),
    `Invite sent to ${PEER} — peer must accept via dmsg pair accept --from ${OWN}`,
  );
  const pair = { peer_pk: PEER, port: 43_435, status: "active", waiting: 0 } as const;
  strictEqual(pairShown({ ...pair, last_message_at: TS }), `${PEER}  status=active  last_msg=${TS}`);
  const holder = { holder: OWN, holder_bytes: 3072, holder_presence: "unknown" } as const;
  match(pairShown({ ...pair, ...holder }), new RegExp(`  holder=${OWN} \\(3.0 KiB of ours\\)$`));
  const met = {
    holder_since: TS,
    holder_presence: "connected",
    holder_heard_at: TS,
    holder_alias: "pi",
  } as const;
  match(
    groupHolder({ ...holder, ...met }),
    /^03[0-9a-f]+ {2}holder {2}since .*, 3.0 KiB of ours, connected, heard .*, pi$/,
  );
  const sent = { id: "1-1", ts: TS, position: 1, ms: 12 };
  match(
    pairSent({ ...sent, fetched: false, peer: PEER }),
    new RegExp(`^Pair message sent to ${PEER} in 12ms \\(.*there is no ack\\)$`),
  );
  strictEqual(pairMessage({ ts: TS, peer: PEER, text: "hello" }), `${TS} [${PEER}] hello`);
  const answered = { peer: PEER, told: true };
  strictEqual(pairAnswered({ ...answered, answer: "accept" }), `Pair accepted with ${PEER}`);
  strictEqual(pairAnswered({ ...answered, answer: "decline" }), `Pair invite from ${PEER} declined`);
  strictEqual(pairRemoved({ peer: PEER }), `Pair with ${PEER} removed`);
});

Deno.test("What is held says when it was renewed by the clock of this place, as every other list", () => {
  const feed = { peer_pk: PEER, bytes: 1433, messages: 1, renewed_at: TS };
  const held = { peers: [PEER, OWN], port: 58_754, space: 2 ** 26, age_ms: 720 * 3_600_000, feeds: [feed] };
  strictEqual(
    holdShown(held),
    `${PEER} ${OWN}  port=58754  space=64.0 MiB  age=720h\n  ${PEER}  1 message, 1.4 KiB, renewed ${
      localTime(TS)
    }`,
  );
});

Deno.test("What a peer wrote in a pair is shown as it is, and does nothing to the terminal", () => {
  strictEqual(pairMessage({ ts: TS, peer: PEER, text: "a\u001b[2J" }), `${TS} [${PEER}] a\\x1b[2J`);
});
