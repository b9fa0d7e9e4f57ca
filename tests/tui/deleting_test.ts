/** What is deleted or hidden, and what is still offered of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { newWorld } from "./journey.ts";
import { effects, has } from "./looks.ts";
import { ALICE, BOB, OWN, Stage, withPerson } from "./stage.ts";

Deno.test("Deleting asks how; forwarding asks whom", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  stage.type("oops\r");
  stage.type("\t");
  stage.type("d");
  ok(has(stage, "for everyone"));
  stage.type("2");
  deepStrictEqual(effects(stage, "remove"), [
    { kind: "remove", id: withPerson(BOB), position: 2, everywhere: true },
  ]);
  ok(has(stage, "(deleted)"));
  stage.type("\t");
  stage.type("\x1b[A");
  stage.type("f");
  stage.type("alice\r");
  const sent = effects(stage, "send").at(-1)!;
  ok(sent.kind === "send" && sent.id === withPerson(ALICE) && sent.text.includes("skychat_forward"));
  ok(has(stage, "↪ forwarded from bob"));
});

Deno.test("Of what is deleted no more is offered than can still be done", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = newWorld(80, 24);
  stage.type("\r");
  stage.type("oops\r");
  stage.type("\td2");
  stage.type("\td");
  ok(
    has(stage, "1  for everyone") && has(stage, "the other program is asked again") && !has(stage, "or me"),
    "it may not have been told",
  );
  stage.type("1");
  deepStrictEqual(effects(stage, "remove").at(-1), {
    kind: "remove",
    id: withPerson(BOB),
    position: 2,
    everywhere: true,
  });
  stage.type("\t\x1b[Ad1\t\x1b[Ad");
  strictEqual(stage.model.notice?.text, "This message is deleted already");
  strictEqual(effects(stage, "remove").length, 3);

  const room = new Stage(80, 24);
  room.keep(group, { text: "mine", outgoing: true, id: `${OWN}/1/1`, via: "group" });
  room.begin({});
  room.type("\r");
  room.deleted(group, 1);
  room.type("\td");
  strictEqual(room.model.notice?.text, "This message is deleted already", "a feed takes it back once");
  strictEqual(room.model.overlays.length, 0);
});

Deno.test("A group's message that is hidden and stands again leaves no placeholder beside it", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = new Stage(80, 24);
  const tail = `${BOB}/1796000000000000000/1`;
  stage.keep(group, { text: "before", id: `${BOB}/1/1` });
  stage.keep(group, { text: "said", id: tail });
  stage.begin({});
  stage.type("\r");
  ok(has(stage, "said"));
  stage.deleted(group, 2);
  ok(has(stage, "(deleted)") && !has(stage, "said"));
  stage.receive(group, { text: "said", id: `${tail}/again1` });
  ok(has(stage, "said") && !has(stage, "(deleted)"), stage.screen.join("\n"));
});

Deno.test("How a message is deleted for everyone speaks of the programs of a group, and of one person's", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  for (
    const [peer, via, words] of [
      [group, "group", "their programs are asked to take it away, too"],
      [ALICE, "dmsg", "the other program is asked to take it away"],
    ] as const
  ) {
    const stage = new Stage(100, 24);
    stage.keep(peer, { text: "mine", outgoing: true, id: `${OWN}/1/1`, via });
    stage.begin({});
    stage.type("\r\td");
    const right = stage.screen.map((row) => row.split("│").at(-1)!.trim()).join(" ");
    ok(right.includes(words), stage.screen.join("\n"));
  }
});
