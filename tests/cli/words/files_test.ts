/** What the command line says of files. */
import { strictEqual } from "node:assert/strict";
import { fileShown, fileStands } from "../../../cli/words/files.ts";
import { localTime } from "../../../cli/words/people.ts";

const ALICE = `02${"ab".repeat(32)}`;
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const TS = "2026-11-30T03:10:19Z";

const ours = {
  type: "offer",
  conversation: ALICE,
  position: 13,
  peer: ALICE,
  outgoing: true,
  id: "0123456789abcdef",
  name: "report.pdf",
  size: 4,
  ts: TS,
  state: "offered",
} as const;

Deno.test("A file of ours waits for a peer, and is there for the members of a group, whoever has taken it", () => {
  strictEqual(fileStands({ ...ours, reason: "declined" }), "not taken yet: declined");
  strictEqual(
    fileShown({ ...ours, conversation: GROUP, conversation_alias: "ops" }),
    `${localTime(TS)}  ops  13  ours  report.pdf (4 B)  there for the members`,
  );
});
