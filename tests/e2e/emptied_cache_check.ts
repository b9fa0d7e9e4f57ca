/** A release whose files are taken away while a command of it stays: a cache that is emptied, a newer one in its place. */
import { match, ok, strictEqual } from "node:assert/strict";
import { haveIdentity } from "../script/have_identity.ts";
import { bundled } from "../script/program.ts";
import { networkTest, Running } from "./network.ts";

/** Between the start of what stays and its having read the pieces that it may need, and what a busy machine takes for it. */
const READ_MS = 6000;

networkTest(
  "A daemon whose program's files are gone takes what it has never taken before",
  async (network) => {
    const { stage, ready } = network;
    const words = await bundled();
    const [, from, name] = /^(.*)\/([^/]+)$/.exec(words.at(-1)!)!;
    const place = `${stage.home}/program`;
    await Deno.mkdir(place);
    for (const { name, isFile } of Deno.readDirSync(from)) {
      if (isFile) await Deno.copyFile(`${from}/${name}`, `${place}/${name}`);
    }
    haveIdentity(stage.home, "d");
    const args = ["daemon", "--discovery", ready.discovery, "--identity", "d"];
    const daemon = new Running(
      stage.startLine('exec "$@"', [...words.slice(0, -1), `${place}/${name}`, ...args]),
    );
    try {
      const pk = /0[23][0-9a-f]{64}/.exec(await daemon.prints("stdout", "reachable"))![0];
      await new Promise((resolve) => setTimeout(resolve, READ_MS));
      await Deno.remove(place, { recursive: true });
      strictEqual((await network.run("b", ["pair", "add", pk])).status, 0);
      const listed = await network.run("d", ["pair", "list"]);
      match(`${listed.out}${listed.err}`, /status=invited/);
      await Deno.writeTextFile(`${stage.home}/f`, "text");
      network.start("b", "send-file", pk, "f"); // it waits for somebody who decides
      for (const late = Date.now() + 60_000; !/theirs {2}f/.test(await network.look("d", "file"));) {
        ok(Date.now() < late, "the offer never came");
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      daemon.kill("SIGKILL");
      await daemon.ended();
    }
  },
);
