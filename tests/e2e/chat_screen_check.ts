import { ok, strictEqual } from "node:assert/strict";
import { startNetwork, type TestNetwork } from "./network.ts";
import { hasTmux, Pane } from "./tmux.ts";

/** It waits; one that was written just before its peer's end was noticed has the mark of those that may have left. */
const WAITS = /[○·] {2}you +while you are away/;

/** Waits until a draft is in the file: two seconds after it was written, and what the disk takes. */
async function keptDraft(path: string, draft: string): Promise<void> {
  for (const endMs = Date.now() + 60_000; !(await Deno.readTextFile(path).catch(() => "")).includes(draft);) {
    ok(Date.now() < endMs, `${path} does not have ${draft}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A test that needs tmux. */
const tmuxTest = (name: string, fn: (network: TestNetwork) => Promise<void>): void =>
  Deno.test({
    name: hasTmux ? name : `${name} (skipped: there is no tmux)`,
    ignore: !hasTmux,
    fn: async () => {
      await using network = await startNetwork();
      await fn(network);
    },
  });

tmuxTest(
  "Two people talk on screens: ack, peer gone, outbox, kill -9, restart, delivered once, found",
  async (network) => {
    const { stage } = network;
    const { process: listen, pk: bob } = await network.resident("b", "listen");
    strictEqual((await stage.run(`dmsg alias add bob ${bob}`)).status, 0);
    {
      await using pane = await Pane.open(stage, "a", "chat");
      // The last row too: what the program loads behind its first picture takes nothing away.
      await pane.shows(/dmsg: pick a conversation +online/, "▸ bob", "Enter open · n new");
      await pane.keys("Enter");
      await pane.shows("bob · ", "No messages yet");
      await pane.text("first words");
      await pane.shows("» first words");
      await pane.keys("Enter");
      await pane.shows(/✓ {2}you +first words/);
      await listen.prints("stdout", "first words\n");

      const alice = /0[23][0-9a-f]{64}/.exec(await network.look("a", "id", "--json"))![0];
      strictEqual((await network.run("b", ["send", alice, "an answer"])).status, 0);
      await pane.shows(/\d\d:\d\d +bob +an answer/);
      listen.kill("SIGKILL");
      await listen.ended();

      await pane.text("while you are away");
      await pane.keys("Enter");
      await pane.shows(WAITS, "1 waiting");
      await pane.resize(40, 12);
      await pane.shows(/^bob · .*online/m, "while you are away");
      await pane.text("half a thought");
      await pane.shows("» half a thought");
      await keptDraft(`${stage.home}/.local/share/dmsg/identities/a/chat.json`, '"half a thought"');
      Deno.kill(await pane.pid(), "SIGKILL");
      await pane.shows("ended 137");
    }
    {
      await using pane = await Pane.open(stage, "a", "chat bob", [60, 20]);
      await pane.shows("» half a thought", WAITS, "an answer");
      const { process: back } = await network.resident("b", "listen");
      await pane.shows(/✓ {2}you +while you are away/);
      const heard = await back.prints("stdout", "while you are away\n");
      strictEqual(heard.split("while you are away").length - 1, 1, "delivered once");
      await pane.keys("C-u", "C-s");
      await pane.shows("find:");
      await pane.text("first");
      await pane.keys("Enter");
      await pane.shows(/▸ .*you → bob: first words/);
      await pane.keys("Enter");
      await pane.shows(/✓ ▸you +first words/);
      await pane.keys("C-c");
      await pane.shows("ended 0");
      ok(!(await pane.screen()).includes("▸"), "the other screen is gone");
    }
  },
);

tmuxTest("A killed terminal leaves no process, and the draft stays", async (network) => {
  const { stage } = network;
  const { pk } = await network.resident("b", "daemon");
  for (let round = 0; round < 3; round++) {
    const pane = await Pane.open(stage, "a", `chat ${pk}`);
    await pane.shows("online", "»");
    await pane.text(`${round}`);
    await pane.shows(`» ${"012".slice(0, round + 1)}`);
    await pane[Symbol.asyncDispose](); // which fails if it is still there a minute later
  }
});

tmuxTest("A group is founded in one picker, joined in another, and both speak", async (network) => {
  const { stage } = network;
  await using alice = await Pane.open(stage, "a", "chat", [140, 40]);
  await alice.shows("online");
  await alice.keys("g");
  await alice.shows("Make a group");
  await alice.text("walkers");
  await alice.keys("Down", "Enter");
  await alice.shows(/^walkers · /m);
  await alice.text("/invite");
  await alice.keys("Enter");
  const shown = await alice.shows("Invite to walkers", "skychat:");
  const rows = shown.split("\n").map((row) => row.slice(35).trimEnd());
  const from = rows.findIndex((row) => row.startsWith("skychat:"));
  const link = rows.slice(from, rows.indexOf("", from)).join("");
  await alice.keys("Escape");

  await using bob = await Pane.open(stage, "b", "chat", [80, 24]);
  await bob.shows("online");
  await bob.keys("i");
  await bob.shows("paste its link");
  await bob.text(link);
  await bob.keys("Enter");
  await bob.shows(/^walkers · /m);
  await alice.text("hello walkers");
  await alice.keys("Enter");
  await bob.shows(/\d\d:\d\d +\S+… +hello walkers/);
  await bob.text("hello alice");
  await bob.keys("Enter");
  await alice.shows(/\d\d:\d\d +\S+… +hello alice/);
  await bob.keys("M-p", "1");
  await bob.shows("Members of walkers", "founder", "you");
});

tmuxTest("A receipt leaves when the message is seen, and not before", async (network) => {
  const { stage } = network;
  await Deno.mkdir(`${stage.home}/.config/dmsg`, { recursive: true });
  await Deno.writeTextFile(`${stage.home}/.config/dmsg/config.json`, '{"receipts":true}');
  const { pk: bob } = await network.resident("b", "daemon");
  await stage.run(`dmsg alias add bob ${bob}`);
  await using pane = await Pane.open(stage, "a", "chat");
  await pane.shows("online");
  const alice = /0[23][0-9a-f]{64}/.exec(await network.look("a", "id", "--json"))![0];
  strictEqual((await network.run("b", ["send", alice, "seen?"])).status, 0);
  await pane.shows(/▸ bob +seen\? +1 /);
  await pane.keys("?");
  await pane.shows("Help");
  await pane.keys("Escape");
  await pane.shows(/▸ bob +seen\? +1 /); // a key that comes together with Esc is another one
  const state = async (): Promise<string> => JSON.parse(await network.look("b", "history", "--json")).state;
  strictEqual(await state(), "received", "the picker and help mark nothing");
  await pane.keys("Enter");
  await pane.shows("unread", /\d\d:\d\d +bob +seen\?/); // in the conversation; the picker has a line of it too
  await pane.keys("x"); // this terminal does not tell its focus: a key does
  for (const endMs = Date.now() + 60_000; await state() !== "read";) {
    ok(Date.now() < endMs, "no receipt came");
  }
});

tmuxTest(
  "An editor that is stopped with Ctrl+Z has the terminal again behind fg, and the chat behind its end",
  async (network) => {
    const { stage } = network;
    const { pk: bob } = await network.resident("b", "listen");
    const editor = `${stage.home}/editor`;
    await Deno.writeTextFile(
      editor,
      '#!/bin/sh\necho THE EDITOR\nkill -TSTP 0\necho IT GOES ON\nread -r line\necho "$line" > "$1"\n',
      { mode: 0o755 },
    );
    await using pane = await Pane.shell(stage, "a", `EDITOR=${editor}`);
    await pane.text(`dmsg chat ${bob} --local --identity a`);
    await pane.keys("Enter");
    await pane.shows("No messages yet");
    await pane.text("half a thought");
    await pane.shows("» half a thought");
    await pane.keys("C-x");
    await pane.shows("THE EDITOR", "Stopped");
    await pane.text("fg");
    await pane.keys("Enter");
    await pane.shows("IT GOES ON");
    await new Promise((resolve) => setTimeout(resolve, 500));
    ok(!(await pane.screen()).includes("»"), "the chat draws nothing over it");
    await pane.text("a whole one");
    await pane.keys("Enter");
    await pane.shows("» a whole one");
    await pane.keys("Enter");
    await pane.shows(/you +a whole one/);
    await pane.keys("C-c", "C-c");
  },
);

tmuxTest(
  "A chat that was stopped from outside draws its screen again behind fg, and takes keys",
  async (network) => {
    const { stage } = network;
    const { pk: bob } = await network.resident("b", "listen");
    await using pane = await Pane.shell(stage, "a", "A=1");
    await pane.text(`dmsg chat ${bob} --local --identity a`);
    await pane.keys("Enter");
    await pane.shows("No messages yet");
    Deno.kill(-await pane.pid(), "SIGTSTP");
    await pane.shows("Stopped");
    await pane.text("clear; fg");
    await pane.keys("Enter");
    await pane.shows("No messages yet", "Enter send");
    await pane.text("still here");
    await pane.keys("Enter");
    await pane.shows(/you +still here/);
    await pane.keys("C-c", "C-c");
  },
);
