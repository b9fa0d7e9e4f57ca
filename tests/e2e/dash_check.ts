/** A dashboard that is watched while bots publish, between real processes. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest } from "./network.ts";

networkTest(
  "dash --watch shows what is published meanwhile, each change once with --json, and that a value has become stale",
  async (network) => {
    const { pk: bot } = await network.resident("bot", "daemon");
    const { pk: reader } = await network.resident("reader", "daemon");
    const watching = network.start("reader", "dash", bot, "--watch");
    const json = network.start("reader", "dash", bot, "--watch", "--json");
    await watching.prints("stderr", "nothing is published");
    const publish = async (...words: string[]): Promise<void> => {
      const { status, err } = await network.run("bot", ["widget", reader, ...words]);
      deepStrictEqual([status, err], [0, ""]);
    };
    await publish("up", "on", "--kind", "switch");
    await json.prints("stdout", '"id":"up"'); // it watches: what comes now is shown long before it is stale
    await publish("load", "1", "--kind", "gauge", "--max", "4", "--warn", "3", "--age", "8s");
    match(await json.prints("stdout", '"id":"load"'), /"id":"load",.*"value":1,.*"level":"good"/);
    await watching.prints("stdout", "(stale)");
    await publish("load", "3.5", "--kind", "gauge", "--max", "4", "--warn", "3");
    await json.prints("stdout", '"value":3.5');
    match(await watching.prints("stdout", "! warning"), /3\.5 of 4/);
    for (const process of [watching, json]) process.kill("SIGINT");
    deepStrictEqual((await watching.ended()).status, 130);
    const lines = fromUtf8((await json.ended()).stdout).trim().split("\n").map((line) => JSON.parse(line));
    strictEqual(lines.filter(({ id }) => id === "up").length, 1, "what has not changed is not said again");
    deepStrictEqual(lines.filter(({ id }) => id === "load").at(-1).history, [1, 3.5]);
  },
);
