import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { FileView } from "../../lib/app/files/files.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { askedBy } from "../../tui/lines/asked.ts";
import { Linear } from "../../tui/lines/linear.ts";
import type { Msg } from "../../tui/state/types.ts";
import { fileStands } from "../../tui/steps/files.ts";
import { ALICE, NOON_MS, Stage, withPerson } from "./stage.ts";

const ID = "0123456789abcdef0123456789abcdef";
const SIZE = 3 << 20;

const fileAt = (position: number, more: Partial<FileView> = {}): FileView => ({
  conversation: ALICE,
  position,
  peer: ALICE,
  outgoing: false,
  id: ID,
  name: "plan\x1b[31m.pdf",
  size: SIZE,
  ts: new Date(NOON_MS).toISOString(),
  state: "offered",
  ...more,
});

/** A conversation with a text and an offer. */
function offered(): Stage {
  const stage = new Stage(80, 12);
  stage.keep(ALICE, { text: "look" });
  stage.begin();
  stage.type("\r");
  const body = encodeBody({ kind: "file", id: ID, name: "plan\x1b[31m.pdf", size: BigInt(SIZE) });
  stage.receive(ALICE, { text: body });
  return stage;
}

const stands = (stage: Stage, ...files: FileView[]): void =>
  stage.tell({ kind: "files", id: withPerson(ALICE), files });

/** The rows of the conversation that speak of the file. */
const rows = (stage: Stage): string[] =>
  stage.screen.filter((row) => /plan|offer|━|─ \d|comes|kept|refused|failed/.test(row)).map((row) =>
    row.trim()
  );

Deno.test("A file is drawn with where it stands, and its peer's words move no cursor", () => {
  const stage = offered();
  deepStrictEqual(stage.done.filter(({ kind }) => kind === "files"), [{
    kind: "files",
    id: withPerson(ALICE),
  }]);
  const head = "14:00    alice          file plan\\x1b[31m.pdf (3.0 MiB)";
  stands(stage, fileAt(2));
  deepStrictEqual(rows(stage), [head, "offered (a takes it, N refuses it)"]);
  stands(stage, fileAt(2, { state: "moving", moved: SIZE / 4 }));
  deepStrictEqual(rows(stage), [head, `${"━".repeat(5)}${"─".repeat(15)} comes, 25 %`]);
  stands(stage, fileAt(2, { state: "failed", reason: "cut\x1b[2J off" }));
  deepStrictEqual(rows(stage), [head, "failed: cut\\x1b[2J off (a takes it)"]);
  stands(stage, fileAt(2, { state: "kept", path: "/home/me/plan.pdf" }));
  deepStrictEqual(rows(stage), [head, "kept as /home/me/plan.pdf"]);
  stands(stage, fileAt(2, { state: "kept", path: `/${"deep/".repeat(20)}plan.pdf` }));
  deepStrictEqual(rows(stage), [head, "kept as …/plan.pdf"]);
});

Deno.test("What the last row says of a file is over when the file stands otherwise, and other words stay", () => {
  const stage = offered();
  const asked = fileAt(2, { state: "asked" });
  const notice = (text: string, ...files: FileView[]): string | undefined => {
    stage.tell({ kind: "said", text });
    stands(stage, ...files);
    return stage.model.notice?.text;
  };
  const text = "plan\\x1b[31m.pdf: asked for; it comes when its sender is there";
  strictEqual(notice(text, asked), text);
  strictEqual(notice(text, fileAt(2, { state: "kept", path: "/home/me/plan.pdf" })), undefined);
  stands(stage, asked);
  strictEqual(notice("Copied", fileAt(2, { state: "kept" })), "Copied");
});

Deno.test("A file is taken and refused by a key, and by a command with its number or without", () => {
  const stage = offered();
  stands(stage, fileAt(2));
  const asked = (): unknown => stage.done.splice(0).filter(({ kind }) => kind === "take" || kind === "offer");
  asked();
  const take = { kind: "take", id: withPerson(ALICE), position: 2, takes: true };
  stage.type("\ta");
  deepStrictEqual(asked(), [take]);
  stage.type("N");
  deepStrictEqual(asked(), [{ ...take, takes: false }]);
  stage.type("\x1b");
  stage.type("/take-file\r");
  deepStrictEqual(asked(), [take], "the newest one");
  stage.tell({ kind: "command", name: "take-file", argument: "1" });
  deepStrictEqual(asked(), []);
  strictEqual(stage.model.notice?.text, "There is no file here that can be taken");
  stands(stage, fileAt(2, { state: "kept" }));
  stage.tell({ kind: "command", name: "refuse-file", argument: "" });
  deepStrictEqual(asked(), []);
  stage.tell({ kind: "command", name: "send-file", argument: "a b.txt" });
  deepStrictEqual(asked(), [{ kind: "offer", id: withPerson(ALICE), path: "a b.txt" }]);
});

Deno.test("A file of ours in a group is there for its members, whoever has taken it", () => {
  const ours = fileAt(2, { outgoing: true });
  strictEqual(fileStands(ours), "not taken yet");
  strictEqual(fileStands({ ...ours, reason: "declined" }), "not taken yet: declined");
  strictEqual(
    fileStands({ ...ours, conversation: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50" }),
    "there for the members",
  );
});

Deno.test("A file is asked about again when its message has changed, and others are not", () => {
  const stage = offered();
  stage.done.length = 0;
  stage.state(ALICE, 1, "received");
  deepStrictEqual(stage.done.filter(({ kind }) => kind === "files"), []);
  stage.state(ALICE, 2, "received");
  strictEqual(stage.done.filter(({ kind }) => kind === "files").length, 1);
});

Deno.test("Lines say a file when it stands otherwise; one that moves every 30 s", () => {
  const stage = offered();
  const linear = new Linear();
  const said: string[] = [];
  stage.onStep = (before, msg: Msg, after) => void said.push(...linear.lines(before, msg, after));
  const heard = (...files: FileView[]): string[] => {
    stands(stage, ...files);
    return said.splice(0);
  };
  deepStrictEqual(heard(fileAt(2)), ["file plan\\x1b[31m.pdf: offered; /take-file 2 takes it"]);
  deepStrictEqual(heard(fileAt(2)), []);
  deepStrictEqual(askedBy(stage.model, "/take-file 2"), {
    kind: "command",
    name: "take-file",
    argument: "2",
  });
  deepStrictEqual(heard(fileAt(2, { state: "moving", moved: 0 })), ["file plan\\x1b[31m.pdf: comes, 0 %"]);
  stage.nowMs += 29_000;
  deepStrictEqual(heard(fileAt(2, { state: "moving", moved: SIZE / 4 })), []);
  stage.nowMs += 1_000;
  deepStrictEqual(heard(fileAt(2, { state: "moving", moved: SIZE / 2 })), [
    "file plan\\x1b[31m.pdf: comes, 50 %",
  ]);
  deepStrictEqual(heard(fileAt(2, { state: "kept", path: "/p" })), ["file plan\\x1b[31m.pdf: kept as /p"]);
});
