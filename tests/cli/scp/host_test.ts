/** The host as commands open it: whose files it shows, to whom, and what is said of it. */
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { CommandApp } from "../../../cli/app.ts";
import type { Context } from "../../../cli/context.ts";
import type { ScpHostFlags } from "../../../cli/scp/host/flags.ts";
import { type OpenHost, openScpHost } from "../../../cli/scp/host/host.ts";
import type { HostEvent } from "../../../cli/scp/told/words.ts";
import { pull, push } from "../../../lib/scp/client.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";
import { memoryFiles } from "../../fakes/files.ts";

const G = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const OURS = `02${G}`;
const LISTED = `03${G}`;
const STRANGER = `02${"c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"}`;

interface Stage {
  readonly top: string;
  readonly clock: FakeClock;
  readonly events: HostEvent[];
  readonly files: ReturnType<typeof memoryFiles>;
  open(flags?: ScpHostFlags & { config?: string }): Promise<OpenHost | undefined>;
  /** @returns What came. */
  pulled(pk: string, path: string): Promise<string>;
  pushed(pk: string, path: string, text: string): Promise<void>;
}

/** A directory with `root/a/f` and `root/secret`, whose list is `/list`. */
async function staged(run: (stage: Stage) => Promise<void>, texts: Record<string, string> = {}) {
  const top = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${top}/root/a`, { recursive: true });
  await Deno.writeTextFile(`${top}/root/a/f`, "of a");
  await Deno.writeTextFile(`${top}/root/secret`, "of the root");
  const clock = new FakeClock();
  const files = memoryFiles(texts);
  const events: HostEvent[] = [];
  const came: unknown[] = [];
  const waiting: ((stream: unknown) => void)[] = [];
  let isTaken = false;
  const listener = {
    accept: () => new Promise((resolve) => came.length > 0 ? resolve(came.shift()) : waiting.push(resolve)),
    close: () => {
      isTaken = false;
      for (const resolve of waiting.splice(0)) resolve(null);
    },
  };
  const listen = (port: number): Promise<unknown> => {
    strictEqual(port, 23);
    if (isTaken) return Promise.reject(new UserError("the port is taken", { kind: "busy", hint: "-" }));
    isTaken = true;
    return Promise.resolve(listener);
  };
  const opened = {
    app: { pk: OURS, node: { listen } },
    settings: { identity: { keyFile: `${top}/key` }, dataDir: `${top}/data` },
    directory: `${top}/data`,
  } as unknown as CommandApp;
  const context = { clock, files, env: () => undefined, os: "linux" } as unknown as Context;
  const dial = (pk: string) => {
    const [near, far] = memoryDuplexPair();
    const stream = { ...far, remote: { pk, port: 1 } };
    const taker = waiting.shift();
    if (taker) taker(stream);
    else came.push(stream);
    return near;
  };
  const hosts: (OpenHost | undefined)[] = [];
  try {
    await run({
      top,
      clock,
      events,
      files,
      async open(flags = {}) {
        const all = { scpRoot: `${top}/root`, scpWhitelist: "/list", ...flags };
        const host = await openScpHost(context, opened, all, (event) => events.push(event));
        hosts.push(host);
        return host;
      },
      async pulled(pk, path) {
        const parts: Uint8Array[] = [];
        const target = {
          write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())),
          commit: () => Promise.resolve(),
          discard: () => Promise.resolve(),
        };
        await pull(dial(pk), () => Promise.resolve(target), { clock, path, extended: false });
        return new TextDecoder().decode(parts.length === 1 ? parts[0] : new Uint8Array(0));
      },
      async pushed(pk, path, text) {
        let left: Uint8Array | null = utf8(text);
        const file = {
          size: left.length,
          mode: 0o600,
          read(into: Uint8Array) {
            const now = left;
            left = null;
            if (now) into.set(now);
            return Promise.resolve(now && now.length > 0 ? now.length : null);
          },
          close: () => {},
        };
        await push(dial(pk), file, { clock, path, extended: false });
      },
    });
  } finally {
    for (const host of hosts) host?.close();
    await Deno.remove(top, { recursive: true });
  }
}

Deno.test("A host shows its directory to our own key, a part of it to who is listed for that, and nothing to others", async () => {
  await staged(async ({ top, open, pulled, pushed, events }) => {
    const host = await open();
    deepStrictEqual([host?.root, host?.whitelist], [`${top}/root`, "/list"]);
    strictEqual(await pulled(OURS, "secret"), "of the root");
    await pushed(OURS, "new", "ours");
    strictEqual(await Deno.readTextFile(`${top}/root/new`), "ours");
    strictEqual(await pulled(LISTED, "f"), "of a");
    await rejects(pulled(LISTED, "secret"), /no such file/);
    await rejects(pulled(LISTED, "a/f"), /no such file/);
    await rejects(pushed(LISTED, "new", "theirs"), /permission denied/);
    await rejects(pulled(STRANGER, "secret"), /whitelist/);
    const told = events.map(({ event, peer, path, bytes, reason }) => [event, peer, path, bytes, reason]);
    deepStrictEqual(told, [
      ["copied-out", OURS, "secret", 11, undefined],
      ["copied-in", OURS, "new", 4, undefined],
      ["copied-out", LISTED, "f", 4, undefined],
      ["copy-failed", LISTED, "secret", 0, "no such file"],
      ["copy-failed", LISTED, "a/f", 0, "no such file"],
      ["copy-failed", LISTED, "new", 0, "open: permission denied"],
      ["copy-refused", STRANGER, undefined, undefined, "not on the whitelist"],
    ]);
  }, { "/list": `${LISTED} ro a # somebody\n` });
});

Deno.test("A list that can't be used is told, and changes count at once", async () => {
  await staged(async ({ open, pulled, pushed, events, files, top }) => {
    await open({ scpMaxFile: 3, scpQuota: 5 });
    match(events[0].reason!, /line 1.*nobody but our own key is let in/);
    await rejects(pulled(LISTED, "secret"), /whitelist/);
    files.kept.set("/list", { bytes: utf8(`${LISTED} wo\n`), mode: 0o600 });
    await rejects(pulled(LISTED, "secret"), /permission denied/);
    await rejects(pushed(LISTED, "x", "four"), /at most 3 bytes/);
    await pushed(LISTED, "x", "two");
    await rejects(pushed(LISTED, "y", "two"), /quota/);
    strictEqual(await Deno.readTextFile(`${top}/root/x`), "two");
  }, { "/list": "nonsense\n" });
});

Deno.test("A visor's configuration says what is shared, with whom, and whether at all", async () => {
  const visor = (dmsgscp: object) => JSON.stringify({ pk: OURS, dmsgscp, pty: { whitelist: [STRANGER] } });
  await staged(async ({ top, open, pulled, files }) => {
    const set = (text: string) => files.kept.set("/visor", { bytes: utf8(text), mode: 0o600 });
    const flags = { scpRoot: undefined, scpWhitelist: undefined, config: "/visor" };
    set(visor({ disabled: true, root_dir: `${top}/root` }));
    strictEqual(await open(flags), undefined);
    const named = await open({ ...flags, scpRoot: `${top}/root/a` });
    deepStrictEqual([named?.root, named?.whitelist], [`${top}/root/a`, "/visor"]);
    named?.close();
    set(visor({ whitelist: [LISTED], root_dir: `${top}/root` }));
    const host = await open(flags);
    strictEqual(host?.root, `${top}/root`);
    strictEqual(await pulled(LISTED, "secret"), "of the root");
    await rejects(pulled(STRANGER, "secret"), /whitelist/);
    await rejects(open(flags), /lets peers copy files already/);
    host?.close();
    const without = await open({ ...flags, config: undefined });
    deepStrictEqual([without?.root, without?.whitelist], [
      `${top}/data/scp-root`,
      `${top}/data/scp-whitelist`,
    ]);
  });
});

Deno.test("What was never taken up again goes when the host begins, and every day", async () => {
  await staged(async ({ top, clock, open }) => {
    const parts = ["1", "2"].map((digit) => `${top}/root/a/.${digit.repeat(32)}.part`);
    const nowS = Number(clock.wallNs() / 1_000_000_000n);
    const isThere = () =>
      parts.map((path) => [...Deno.readDirSync(`${top}/root/a`)].some(({ name }) => path.endsWith(name)));
    for (const [i, path] of parts.entries()) {
      await Deno.writeTextFile(path, "x");
      const madeS = nowS - 8 * 24 * 3600 + i * 2 * 24 * 3600;
      await Deno.utime(path, madeS, madeS);
    }
    const host = await open();
    const until = async (wanted: boolean[]): Promise<void> => {
      while (JSON.stringify(isThere()) !== JSON.stringify(wanted)) {
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    await until([false, true]);
    await clock.advance(24 * 3600 * 1000 + 1000);
    await until([false, true]);
    await clock.advance(24 * 3600 * 1000);
    await until([false, false]);
    host?.close();
  });
});

Deno.test("A list that is named and not there is told of, once; the one beside the key need not be there", async () => {
  await staged(async ({ top, files, events, open, pulled }) => {
    const root = { scpRoot: `${top}/root` };
    const host = (await open({ ...root, scpWhitelist: "/misspelt" }))!;
    deepStrictEqual(events, [{
      event: "copy-list",
      reason: "/misspelt: there is no such file yet; nobody but our own key is let in",
    }]);
    await rejects(pulled(LISTED, "a/f"), /whitelist/);
    files.kept.set("/misspelt", { bytes: utf8(LISTED), mode: 0o600 });
    strictEqual(await pulled(LISTED, "a/f"), "of a");
    host.close();
    (await open({ ...root, scpWhitelist: undefined }))!.close();
    strictEqual(events.filter(({ event }) => event === "copy-list").length, 1);
  });
});
