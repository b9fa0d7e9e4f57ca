/** The bots of docs/bots.md, taken from the page, each between two real processes. */
import { match, ok, strictEqual } from "node:assert/strict";
import { networkTest } from "./network.ts";

const PAGE = new URL("../../docs/bots.md", import.meta.url);
const WAIT_MS = 60_000;

interface Bot {
  /** The language behind the fence. */
  readonly language: string;
  /** What runs a file of it. */
  readonly command: readonly string[];
  /** What it answers to "one two three". */
  readonly answers: RegExp;
}

const BOTS: readonly Bot[] = [
  { language: "sh", command: ["sh"], answers: /"text":"It is \d\d:\d\d here\."/ },
  { language: "python", command: ["python3"], answers: /"text":"You used 3 words\."/ },
  { language: "ts", command: [Deno.execPath(), "run", "--no-config"], answers: /"text":"eerht owt eno"/ },
];

async function isInstalled(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v "$1"`, "sh", command],
    stdout: "null",
  }).output();
  return success;
}

for (const { language, command, answers } of BOTS) {
  const name = `The bot in ${language} of the page answers`;
  if (!await isInstalled(command[0])) {
    Deno.test({ name: `${name} (skipped: there is no ${command[0]})`, ignore: true, fn: () => {} });
    continue;
  }
  networkTest(
    name,
    async (network) => {
      const page = await Deno.readTextFile(PAGE);
      const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))];
      strictEqual(blocks.length, 1, "the page has one bot of each language");
      const path = `${network.stage.home}/bot.${language}`;
      await Deno.writeTextFile(path, blocks[0][1]);
      const bot = network.start("a", "bot", "run", "--json", "--", ...command, path);
      const pk = /"pk":"(\w+)"/.exec(await bot.prints("stdout", "reachable"))![1];
      await network.resident("b", "listen");
      strictEqual((await network.run("b", ["send", pk, "one two three"])).status, 0);
      const lateMs = performance.now() + WAIT_MS;
      let history = "";
      while (!answers.test(history)) {
        ok(performance.now() < lateMs, `no answer in time: ${history}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        history = await network.look("b", "history", "--json");
      }
      match(history, /"outgoing":false/);
      bot.kill("SIGTERM");
      strictEqual((await bot.ended()).status, 143);
    },
  );
}
