/** Bots that run, between real processes. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

const WAIT_MS = 60_000;

/** A bot as a program of the shell, in a file. */
async function botOf(network: TestNetwork, script: string): Promise<string[]> {
  const path = `${network.stage.home}/bot.sh`;
  await Deno.writeTextFile(path, script);
  return ["bot", "run", "--json", "--", "sh", path];
}

/** Waits until something holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const lateMs = performance.now() + WAIT_MS;
  while (!await holds()) {
    ok(performance.now() < lateMs, "it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process runs. */
const isAlive = (pid: string): boolean => {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", pid] }).outputSync();
  return /^[^Z\s]/.test(new TextDecoder().decode(stdout));
};

const textOf = (path: string): Promise<string> => Deno.readTextFile(path).catch(() => "");

networkTest(
  "A bot answers, and a message that it has not done comes again when it fails",
  async (network) => {
    const log = `${network.stage.home}/log`;
    const args = await botOf(
      network,
      `while read -r line; do
  echo "$line" >> ${log}
  case $line in *'"type":"message"'*)
    cursor=\${line#*'"cursor":'}; cursor=\${cursor%%,*}
    if [ ! -e ${log}.failed ]; then touch ${log}.failed; exit 3; fi
    echo "{\\"do\\":\\"reply\\",\\"id\\":\\"r$cursor\\",\\"cursor\\":$cursor,\\"text\\":\\"heard\\"}"
    echo garbage;;
  esac
done`,
    );
    const bot = network.start("a", ...args);
    const pk = /"pk":"(\w+)"/.exec(await bot.prints("stdout", "reachable"))![1];
    strictEqual((await network.run("b", ["send", pk, "x"])).status, 0);
    const said = await bot.prints("stdout", "refused");
    match(said, /"event":"ended","why":"failed with status 3","again_s":1/);
    match(said, /"event":"refused","line":2,"reason":"the line is no JSON"/);
    await until(async () => (await textOf(log)).split('"type":"outcome"').length === 3);
    const lines = (await textOf(log)).trim().split("\n").map((line) => JSON.parse(line));
    deepStrictEqual(lines.map(({ type }) => type), [
      "hello",
      "message",
      "hello",
      "message",
      "outcome",
      "outcome",
    ]);
    deepStrictEqual([lines[1].cursor, lines[1].text], [lines[3].cursor, "x"]);
    const outcomes = lines.slice(4).sort((a, b) => a.line - b.line);
    deepStrictEqual(outcomes.map(({ ok, id }) => [ok, id]), [[true, `r${lines[1].cursor}`], [
      false,
      undefined,
    ]]);
    bot.kill("SIGTERM");
    strictEqual((await bot.ended()).status, 143);
  },
);

networkTest("A second bot of a name is refused, and leaves the first one alone", async (network) => {
  const args = await botOf(network, "while read -r line; do :; done");
  const bot = network.start("a", ...args);
  await bot.prints("stdout", "reachable"); // before or behind the process's start
  const pid = Number(/"pid":(\d+)/.exec(await bot.prints("stdout", '"pid":'))![1]);
  const second = await network.run("a", args);
  strictEqual(second.status, 7);
  match(
    second.out,
    /^\{"error":\{"status":7,"code":"busy","message":"The bot \\"bot\\" runs already, as process/,
  );
  match(second.out, /"hint":"Give this one another name with --name, or end that one first."/);
  ok(isAlive(`${pid}`));
  const other = network.start("a", ...args.toSpliced(2, 0, "--name", "other"));
  await other.prints("stdout", "reachable");
  for (const one of [other, bot]) {
    one.kill("SIGTERM");
    strictEqual((await one.ended()).status, 143);
  }
  const again = network.start("a", ...args);
  await again.prints("stdout", "reachable");
  again.kill("SIGTERM");
  await again.ended();
});

networkTest(
  "A second echo bot is refused: it would answer what the first one has answered",
  async (network) => {
    await network.start("a", "bot", "echo").prints("stdout", "reachable");
    const { status, err } = await network.run("a", ["bot", "echo"]);
    strictEqual(status, 7);
    match(err, /^dmsg: The echo bot runs already, as process \d+\nhint: End that one first\.\n$/);
  },
);

networkTest(
  "The echo bot quotes in a group what it answers, and none of what was said before it came, and tells that it is out",
  async (network) => {
    const { pk: alice } = await network.resident("b", "daemon");
    const made = await network.run("b", ["group", "create", "ops", "--mode", "public", "--json"]);
    const { invite } = JSON.parse(made.out);
    const say = async (text: string): Promise<void> => {
      strictEqual([0, 10].includes((await network.run("b", ["group", "send", "ops", text])).status), true);
    };
    await say("/echo old");
    const bot = network.start("a", "bot", "echo", "--json");
    const pk = /"pk":"(\w+)"/.exec(await bot.prints("stdout", "reachable"))![1];
    strictEqual((await network.run("a", ["group", "join", invite, "--wait=30s"])).status, 0);
    await say("/echo now");
    await bot.prints("stdout", '"answered"');
    const history = async (): Promise<{ sender_pk: string; body: string; ts: string }[]> =>
      (await network.run("b", ["group", "history", "ops", "--json"])).out.trim().split("\n").map((line) =>
        JSON.parse(line)
      );
    await until(async () => (await history()).length === 3);
    const [, asked, answer] = await history();
    strictEqual(answer.sender_pk, pk);
    deepStrictEqual(JSON.parse(answer.body).skychat_reply, {
      to_sender: alice,
      to_ts: asked.ts,
      to_preview: "/echo now",
      text: "now",
    });
    strictEqual((await network.run("b", ["group", "remove", "ops", pk])).status, 0);
    match(
      await bot.prints("stdout", '"out"'),
      /"event":"out","conversation":"[^"]+","name":"ops","status":"revoked"/,
    );
  },
);

networkTest(
  "Commands that a bot announces are shown to the other, and a text that begins with one reaches it",
  async (network) => {
    const { process: listener, pk: other } = await network.resident("b", "listen");
    const args = await botOf(
      network,
      `while read -r line; do
  case $line in
  *'"type":"hello"'*)
    echo '{"do":"commands","conversation":"${other}","commands":[{"name":"add","help":"Adds two numbers"},{"name":"stop"}]}'
    echo '{"do":"commands","conversation":"${other}","commands":[{"name":"Add"}]}';;
  *'"command":{"name":"add","args":"1 2"}'*)
    cursor=\${line#*'"cursor":'}; cursor=\${cursor%%,*}
    echo "{\\"do\\":\\"reply\\",\\"cursor\\":$cursor,\\"text\\":\\"3\\"}";;
  esac
done`,
    );
    const bot = network.start("a", ...args);
    const pk = /"pk":"(\w+)"/.exec(await bot.prints("stdout", "reachable"))![1];
    match(await bot.prints("stdout", "refused"), /"line":2,"reason":"These are no commands/);
    // Until they are there, that there are none is said beside it.
    const shown = () => network.look("b", "bot", "commands", pk).catch(() => "");
    await until(async () => (await shown()).startsWith("/add"));
    strictEqual(
      await network.look("b", "bot", "commands", pk),
      `/add  Adds two numbers  (${pk.slice(0, 8)}…)\n/stop  (${pk.slice(0, 8)}…)\n`,
    );
    const set = ["bot", "pace", other, "--interval", "30s", "--max-bytes", "1024", "--json"];
    strictEqual((await network.run("a", set)).status, 0);
    await until(async () =>
      (await network.look("b", "bot", "pace", pk, "--json")).includes('"interval_ms":30000')
    );
    match(await network.look("b", "bot", "pace", pk, "--json"), new RegExp(`"max_bytes":1024,"by":"${pk}"`));
    strictEqual((await network.run("b", ["send", pk, "/add 1 2"])).status, 0);
    await until(async () =>
      (await network.look("b", "history", "--json")).includes('"outgoing":false,"text":"3"')
    );
    bot.kill("SIGTERM");
    strictEqual((await bot.ended()).status, 143);
    listener.kill("SIGTERM");
  },
);

networkTest("A bot that is deaf to signals is gone with all that it has started", async (network) => {
  const pids = `${network.stage.home}/pids`;
  const bot = network.start(
    "a",
    ...await botOf(
      network,
      `trap '' TERM; echo $$ > ${pids}; (sleep 60) & echo $! >> ${pids}; wait; sleep 60`,
    ),
  );
  await until(async () => (await textOf(pids)).split("\n").length === 3);
  await bot.prints("stdout", "reachable");
  bot.kill("SIGTERM");
  strictEqual((await bot.ended()).status, 143);
  deepStrictEqual((await textOf(pids)).trim().split("\n").map(isAlive), [false, false]);
});

networkTest(
  "A bot that floods and never reads is told of, and what it says last is right",
  async (network) => {
    const bot = network.start(
      "a",
      ...await botOf(network, `yes garbage | head -n 600; head -c 300000 /dev/zero; echo; exit 0`),
    );
    const { status, stdout } = await bot.ended();
    const said = new TextDecoder().decode(stdout);
    strictEqual(status, 0);
    match(said, /"reason":"the line is no JSON"/);
    ok(said.split("\n").length < 100, "a line for each of 600 lines");
  },
);

networkTest("A program that can't be started says so", async (network) => {
  const { status, out, err } = await network.run("a", ["bot", "run", "--", "/no/such/program"]);
  deepStrictEqual([status, out, err], [
    5,
    "",
    "dmsg: The bot could not be started: /no/such/program: there is no such program\n" +
    "hint: Give a program that can be run, and what it needs, behind --.\n",
  ]);
});

networkTest(
  "Echo answers once; visor and cron publish what dash shows; a job's status is ours",
  async (network) => {
    const echo = network.start("a", "bot", "echo", "--json");
    await network.resident("b", "listen");
    const pk = /"pk":"(\w+)"/.exec(await echo.prints("stdout", "reachable"))![1];
    strictEqual((await network.run("b", ["send", pk, "hello"])).status, 0);
    await until(async () =>
      (await network.look("b", "history", "--json")).includes('"outgoing":false,"text":"hello"')
    );
    const visor = await network.run("b", ["bot", "visor", "--in", pk, "--once"]);
    deepStrictEqual([visor.status, visor.err, visor.out], [0, "", ""]);
    const job = [
      "bot",
      "cron",
      "--in",
      pk,
      "--name",
      "backup",
      "--",
      "sh",
      "-c",
      "echo fine; echo bad >&2; exit 7",
    ];
    const cron = await network.run("b", job);
    deepStrictEqual([cron.status, cron.out, cron.err], [7, "fine\n", "bad\n"]);
    const widgets = (await network.look("b", "dash", pk, "--json")).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    const lines = await network.look("b", "history");
    ok(lines.includes("hello") && !lines.includes("[dash] Disk"), `values are no lines: ${lines}`);
    strictEqual(
      /"unread":1\b/.test(await network.look("a", "status", "--json")),
      true,
      "hello alone is unread",
    );
    const of = (id: string) => widgets.find((widget) => widget.id === id);
    ok(of("uptime").value > 0 && of("disk").value >= 0, "a Linux machine says these");
    deepStrictEqual([of("backup").value, of("backup").level], [7, "alarm"]);
    deepStrictEqual(new Set(of("backup-log").value.flat()), new Set(["log", "fine", "bad"]));
    deepStrictEqual((await network.run("b", ["bot", "cron", "--in", "nobody", "--", "true"])).status, 0);
    const missing = await network.run("b", ["bot", "cron", "--in", pk, "--", "/no/such/job"]);
    deepStrictEqual([missing.status, missing.out, missing.err], [
      127,
      "",
      "The job could not be started: /no/such/job: there is no such program\n",
    ]);
  },
);

networkTest(
  "Of values that a bot prints at once the last one is there when it has ended, and what it says does not wait for it",
  async (network) => {
    const { pk: other } = await network.resident("b", "listen");
    const args = await botOf(
      network,
      `for value in 1 2 3 4 5; do
  echo '{"do":"widget","conversation":"${other}","widget":{"id":"load","kind":"number","value":'$value'}}'
done
echo '{"do":"send","conversation":"${other}","text":"done"}'`,
    );
    const bot = network.start("a", ...args);
    const pk = /"pk":"(\w+)"/.exec(await bot.prints("stdout", "reachable"))![1];
    await until(async () => (await network.look("b", "history", "--json")).includes('"text":"done"'));
    strictEqual((await bot.ended()).status, 0);
    const dash = () => network.look("b", "dash", pk, "--json");
    await until(async () => (await dash().catch(() => "")).includes('"value":5,'));
    deepStrictEqual(JSON.parse(await dash()).history, [1, 5]);
  },
);
