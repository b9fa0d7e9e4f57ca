import { strictEqual } from "node:assert/strict";
import { type HistoryMessage, historyWords, historyWordsWithIds } from "../../../cli/words/history.ts";

const PK = `02${"ab".repeat(32)}`;
const DEAD = `Cannot look up "${PK}": http://a.example:90/dmsg-discovery/entry/${PK} can't be reached (x). ` +
  "Check the network and the discovery URL.";

const message = (more: Partial<HistoryMessage>): HistoryMessage => ({
  ts: "T",
  peer: "02aa",
  from: "02aa",
  outgoing: false,
  text: "hello",
  position: 7,
  state: "received",
  net: "dmsg",
  ...more,
});

Deno.test("A line of history says where a message stands only when that is worth a word", () => {
  const cases: [Partial<HistoryMessage>, string][] = [
    [{}, "T [in @ 02aa] hello"],
    [{ reason: "it names another key" }, "T [in @ 02aa] hello  (#7 received: it names another key)"],
    [{ outgoing: true, id: "ab" }, "T [out @ 02aa] hello"],
    [{ outgoing: true, id: "ab", state: "read", peer_alias: "ann" }, "T [out @ ann] hello"],
    [{ outgoing: true, state: "sent" }, "T [out @ 02aa] hello"],
    [{ outgoing: true, state: "sent", id: "ab" }, "T [out @ 02aa] hello  (#7 sent)"],
    [{ outgoing: true, state: "pending", id: "ab" }, "T [out @ 02aa] hello  (#7 pending)"],
    [
      { outgoing: true, state: "unconfirmed", id: "ab", reason: "timeout" },
      "T [out @ 02aa] hello  (#7 unconfirmed: timeout)",
    ],
    [
      { outgoing: true, state: "failed", peer: PK, reason: DEAD },
      `T [out @ ${PK}] hello  (#7 failed: Cannot look up "02ababab…": http://a.example:90 can't be reached (x))`,
    ],
    [
      { outgoing: true, state: "failed", peer: PK, peer_alias: "ann", reason: DEAD },
      `T [out @ ann] hello  (#7 failed: Cannot look up "ann": http://a.example:90 can't be reached (x))`,
    ],
    [{ outgoing: true, state: "failed", reason: "a\nb" }, "T [out @ 02aa] hello  (#7 failed: a\\nb)"],
    [{ found_in_quote: "a \x1b\nb" }, 'T [in @ 02aa] (answers "a \\x1b\\nb") hello'],
    [{ net: "group", from_alias: "bob" }, "T [in @ 02aa] bob: hello"],
    [{ net: "group", from_alias: "bob", reason: "sealed", text: "" }, "T [in @ 02aa] bob: (sealed)"],
    // What nobody has written; what somebody has can't look like it.
    [{ net: "group", from_alias: "bob", reason: "forked", text: "lied" }, "T [in @ 02aa] * bob lied"],
    [{ reason: "forked" }, "T [in @ 02aa] hello  (#7 received: forked)"],
    [{ outgoing: true, state: "deleted", text: "" }, "T [out @ 02aa] (deleted)"],
  ];
  for (const [more, expected] of cases) strictEqual(historyWords(message(more)), expected);
});

Deno.test("With ids every line has number, state and id, and a peer's id can hide nothing", () => {
  strictEqual(historyWordsWithIds(message({})), "T [in @ 02aa] hello  (#7 received)");
  strictEqual(
    historyWordsWithIds(message({ id: "\x1b[2J" })),
    "T [in @ 02aa] hello  (#7 received, id \\x1b[2J)",
  );
});
