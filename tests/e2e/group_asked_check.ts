/** What ends a group for others is said first, at a terminal, and done when its name is typed. */
import { match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";
import { hasTmux, Pane } from "./tmux.ts";

const title = "leaving and deleting a group in which nobody else decides asks for its name";

if (!hasTmux) Deno.test({ name: `${title} (skipped: there is no tmux)`, ignore: true, fn: () => {} });
else networkTest(title, asked);

async function asked(network: TestNetwork): Promise<void> {
  const { process } = await network.resident("alice", "daemon");
  const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
  const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
  strictEqual((await group("bob", "join", created.invite, "--wait", "30s")).status, 0);
  process.kill("SIGTERM");
  await process.ended();
  const status = async (who: string) => JSON.parse(await network.look(who, "group", "ls", "--json")).status;
  /** What the terminal shows when a word is typed. */
  const typed = async (who: string, words: string, asks: RegExp, word: string): Promise<string> => {
    await using pane = await Pane.open(network.stage, who, words);
    await pane.shows(asks);
    await pane.text(word);
    await pane.keys("Enter");
    return (await pane.shows(/^ended \d+$/m)).replaceAll("\n", " ");
  };
  const ends = /Nobody else decides in "ops": it ends for the others/;
  match(await typed("alice", "group leave ops", ends, "yes"), /Nothing was left.*ended 4/);
  strictEqual(await status("alice"), "active");
  match(await typed("alice", "group delete ops", ends, ""), /Nothing was dropped.*ended 4/);
  strictEqual(await status("alice"), "active");
  match(await typed("alice", "group leave ops", ends, "ops"), /left .*ended 0/);
  strictEqual(await status("alice"), "left");
  // Whose leaving ends it for nobody is not asked; what it drops of its own is said.
  await using pane = await Pane.open(network.stage, "bob", "group delete ops");
  const screen = await pane.shows(/All that was said in "ops" goes/);
  ok(!ends.test(screen));
  await pane.text("ops");
  await pane.keys("Enter");
  await pane.shows(/^ended 0$/m);
  strictEqual(await network.look("bob", "group", "ls", "--json"), "");
}
