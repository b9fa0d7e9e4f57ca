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
    for (const line of lines) match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S/);
    deepStrictEqual(
      lines.map((line) => line.split(" ")[2]).filter((event) => /^(started|(un)?reachable)$/.test(event)),
      ["started", "reachable", "unreachable"],
    );
  },
);

networkTest(
  "A key from a variable goes through the daemon that runs for it, also with --take-over",
  async (network) => {
    await network.resident("a", "daemon");
    const { pk } = await network.resident("b", "listen");
    for (const more of ["--take-over", ""]) {
      const sent = await network.stage.run(
        `DMSG_SK=$(cat .local/share/dmsg/identities/a/identity.key) dmsg send --local ${more} ${pk} hello`,
      );
      deepStrictEqual([sent.status, sent.stderr], [0, ""]);
    }
  },
);
