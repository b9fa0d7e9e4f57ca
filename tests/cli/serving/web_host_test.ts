import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { WebHost } from "../../../cli/serving/web_host.ts";
import { MAX_GUESTS, MAX_PEER_GUESTS } from "../../../lib/bridge/guests.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { breakable, CALLER, get, parsed, readAll } from "../../bridge/web.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { memoryDuplexPair } from "../../fakes/duplex.ts";

type Opened = Parameters<typeof WebHost.open>;

Deno.test("However many strangers come, those on the list find a place", async () => {
  const said: unknown[] = [];
  const accessOf = (pk: string) =>
    Promise.resolve(pk === CALLER ? { read: true, write: true, directory: "x" } : undefined);
  const host = await WebHost.open(
    { clock: new FakeClock() } as unknown as Opened[0],
    {} as Opened[1],
    {
      source: { kind: "service", place: { hostname: "127.0.0.1", port: 1 } },
      address: `${CALLER}:80`,
      door: { accessOf },
      log: { say: (line: unknown) => said.push(line) },
      flags: { verbose: false },
    } as unknown as Opened[2],
  );
  const [nears, streams] = [[], []] as [ReturnType<typeof memoryDuplexPair>[1][], unknown[]];
  const come = (pk: string): void => {
    const [far, near] = memoryDuplexPair();
    nears.push(near);
    streams.push({ ...breakable(far), remote: { pk, port: 1 } });
  };
  for (let i = 0; i < MAX_GUESTS; i++) come(`02stranger${Math.floor(i / MAX_PEER_GUESTS)}`);
  come(CALLER);
  await host.run({ accept: () => Promise.resolve(streams.shift() ?? null) } as Parameters<WebHost["run"]>[0]);
  const heard = readAll(nears.at(-1)!);
  await nears.at(-1)!.write(utf8(get("/")));
  strictEqual(parsed(await heard).status, 403, "a directory of a service: it was let in, and is told");
  deepStrictEqual(said, []);
  host.stop();
});
