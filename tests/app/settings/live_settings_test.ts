/** A configuration file that changes while a program runs. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { followSettings, type SettingsChange } from "../../../lib/app/live_settings.ts";
import { fileRuleOf } from "../../../lib/app/policies.ts";
import { resolveSettings } from "../../../lib/app/settings.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { systemFiles } from "../../../lib/sys/files/files.ts";

Deno.test("Settings that change hold at once, a wrong file changes nothing, and what is opened once stays", async () => {
  const home = await Deno.makeTempDir();
  const host = {
    env: (name: string) => name === "HOME" ? home : undefined,
    files: systemFiles,
    os: "unix" as const,
    fetch: () => Promise.reject(new Error("nothing is fetched")),
  };
  const read = () => resolveSettings({}, host);
  const path = `${home}/.config/dmsg/config.json`;
  const live = await read();
  const { messages, files } = live; // as somebody has them who was made at the start
  let next = Promise.withResolvers<SettingsChange | Error>();
  const told = (news: SettingsChange | Error): void => next.resolve(news);
  const after = async (text: string): Promise<SettingsChange | Error> => {
    next = Promise.withResolvers();
    await Deno.writeTextFile(path, text);
    return await next.promise;
  };
  const stop = followSettings({ live, read, path, clock: systemClock() }, {
    check: ({ exec }) => {
      if (exec.jobs === 7) throw new Error("seven");
    },
    onChange: told,
    onProblem: told,
  });
  try {
    await Deno.mkdir(`${home}/.config/dmsg`, { recursive: true }); // it was not there when the watch began
    deepStrictEqual(await after('{"receipts":true,"files":{"maxMiB":3,"directory":"/there"}}'), {
      now: ["receipts", "files"],
      later: ["files.directory"],
    });
    deepStrictEqual([messages.receipts, fileRuleOf(files, "02").maxBytes], [true, 3 << 20]);
    strictEqual(files.directory, undefined);
    match(String(await after('{"receipts":true,')), /is not JSON/);
    match(String(await after('{"receipts":false,"execJobs":7}')), /seven/);
    strictEqual(messages.receipts, true);
    deepStrictEqual(await after('{"receipts":true,"files":{"maxMiB":3,"directory":"/there"}}'), {
      now: [],
      later: [],
    });
    deepStrictEqual(await after('{"discovery":"http://127.0.0.1:1"}'), {
      now: ["receipts", "files"],
      later: ["discovery", "files.directory"],
    });
    deepStrictEqual([messages.receipts, live.discoveryOrigin], [false, "default"]);
  } finally {
    stop();
    await Deno.remove(home, { recursive: true });
  }
});
