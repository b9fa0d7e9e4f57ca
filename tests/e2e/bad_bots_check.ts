/** Bots that print what nobody wants, or never read: real processes, and what they cost us. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";
import { mostMib } from "./services.ts";

/** What ours may grow by under a bot: its lines are cut, counted and thrown away. */
const MORE_MIB = 60;

/**
 * Runs a bot until our log has all of the texts, then asks whether all else still goes.
 * @param script  For `sh`.
 */
async function told(network: TestNetwork, script: string, ...texts: string[]): Promise<string> {
  await Deno.writeTextFile(`${network.stage.home}/bot.sh`, script);
  const bot = network.start("a", "bot", "run", "--json", "--", "sh", `${network.stage.home}/bot.sh`);
  const begun = await bot.prints("stdout", "reachable");
  const pk = /"pk":"(\w+)"/.exec(begun)![1];
  const before = await mostMib(bot.pid);
  let said = "";
  for (const text of texts) said = await bot.prints("stdout", text);
  // What others say still comes in, is kept and acked.
  const sent = await network.run("b", ["send", pk, "still here?"]);
  deepStrictEqual([sent.status, sent.err], [0, ""]);
  const grown = await mostMib(bot.pid) - before;
  ok(grown < MORE_MIB, `${grown} MiB more`);
  bot.kill("SIGTERM");
  deepStrictEqual((await bot.ended()).status, 143);
  match(await network.look("a", "history"), /still here\?/);
  return said;
}

/** What was said of its lines, each once. */
const reasonsIn = (said: string): string[] => {
  const events = said.split("\n").filter((line) => line.includes('"refused"')).map((line) =>
    JSON.parse(line)
  );
  return [...new Set<string>(events.map(({ reason }) => reason))];
};

networkTest(
  "A bot that never reads is told of, and its flood is thinned and costs no memory",
  async (network) => {
    const flood = `while :; do echo '{"do":"done","cursor":1}'; done`;
    const said = await told(network, flood, '"event":"stuck"');
    match(said, /"reason":"it has not read for 30 s"/);
    ok(said.split("\n").length < 200, "a line for each of thousands");
  },
);

networkTest(
  "A bot that prints a line without an end is told of once, whatever its length",
  async (network) => {
    const endless = `head -c 300000000 /dev/zero | tr '\\0' x; echo; echo garbage; sleep 600`;
    const said = await told(network, endless, "is no JSON");
    deepStrictEqual(reasonsIn(said), ["the line is longer than 131072 bytes", "the line is no JSON"]);
  },
);

networkTest(
  "A bot that prints binary, huge numbers, deep brackets or odd members is told what is wrong",
  async (network) => {
    const odd = `cat >/dev/null & head -c 2000000 /dev/urandom | tr -d '\\n'; echo
printf '\\377\\376\\000\\n'
echo '{"do":"done","cursor":1e999}'
echo '{"do":"done","cursor":99999999999999999999999}'
echo '{"do":"widget","conversation":"nobody","widget":{"id":"load","kind":"number","value":1e308}}'
echo '{"do":"send","conversation":"\\u202e\\u0007","text":"x"}'
head -c 100000 /dev/zero | tr '\\0' '['; echo
echo '{"do":"send","__proto__":{},"conversation":"a","text":"x"}'
echo '{"do":"dance"}'; sleep 600`;
    const said = await told(network, odd, '\\"do\\" is one of');
    ok(!/[\p{Cc}\u202e]/u.test(said.replaceAll("\n", "")), "nothing of it reaches a terminal as it is");
    deepStrictEqual(
      reasonsIn(said).sort(),
      [
        '"\u202e\\u0007" is neither a valid PK nor a known alias or group',
        '"__proto__" is not known here',
        '"cursor" is the cursor of a message, a whole number',
        '"do" is one of send, reply, list, board, widget, commands, done',
        '"nobody" is neither a valid PK nor a known alias or group',
        "the line is longer than 131072 bytes",
        "the line is no JSON",
        "the line is no UTF-8",
      ].sort(),
    );
  },
);
