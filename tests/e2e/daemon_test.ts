/** What a daemon's log says of its connection. */
import { deepStrictEqual, match } from "node:assert/strict";
import { networkTest } from "./network.ts";

networkTest(
  "A daemon's log has the time of each line, and says when it can't be reached",
  async (network) => {
    const { process } = await network.resident("a", "daemon");
    network.serve.kill("SIGKILL");
    await process.prints("stdout", " unreachable ");
    process.kill("SIGTERM");
    const { stdout, stderr } = await process.ended();
    const lines = [...new TextDecoder().decode(stdout).split("\n"), ...stderr.split("\n")].filter(Boolean);
    for (const line of lines) match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z \S/);
    deepStrictEqual(
      lines.map((line) => line.split(" ")[1]).filter((event) => /^(started|(un)?reachable)$/.test(event)),
      ["started", "reachable", "unreachable"],
    );
  },
);
