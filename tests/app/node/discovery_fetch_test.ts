import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { fetchEitherWay } from "../../../lib/app/node/discovery_fetch.ts";
import { readCapped } from "../../../lib/dmsg/discovery/http_body.ts";
import { dmsgPlace } from "../../../lib/dmsg/discovery/place.ts";
import { PUBLIC_DISCOVERY } from "../../../lib/app/public_network.ts";
import type { Fetch } from "../../../lib/sys/fetch.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

const PLACES = { http: "http://disc.test", dmsg: "dmsg://key/server" };
const URL = "http://disc.test/dmsg-discovery/entry/x";

type Does = "answers" | "page" | "refuses" | "says nothing";

/** Two ways that do what they are told to; `asked` has what came to them. */
function waysThat(does: { http: Does; dmsg: Does }) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const way = (name: "http" | "dmsg"): Fetch => (url, init) => {
    asked.push(`${name} ${url}`);
    if (does[name] === "answers") return Promise.resolve(new Response(`["${name}"]`));
    if (does[name] === "page") return Promise.resolve(new Response("<html>", { status: 404 }));
    if (does[name] === "refuses") {
      return Promise.reject(new TypeError("x", { cause: new Error(`${name} is away`) }));
    }
    return new Promise((_, reject) =>
      init?.signal?.addEventListener("abort", () => reject(init.signal!.reason))
    );
  };
  const fetch = fetchEitherWay(way("http"), way("dmsg"), clock, PLACES);
  const ask = async (): Promise<string> => fromUtf8((await readCapped(await fetch(URL), 1000))!);
  return { does, asked, clock, fetch, ask };
}

const OVER_DMSG = "dmsg dmsg://key/server/dmsg-discovery/entry/x";

Deno.test("A discovery of two places is asked over dmsg, and where that answers nowhere else", async () => {
  const ways = waysThat({ http: "answers", dmsg: "answers" });
  strictEqual(await ways.ask(), '["dmsg"]');
  strictEqual(await ways.ask(), '["dmsg"]');
  deepStrictEqual(ways.asked, [OVER_DMSG, OVER_DMSG]);
});

Deno.test("A discovery that is away over dmsg is asked over HTTP, and there first from then on, unless a web page is there", async () => {
  const ways = waysThat({ http: "answers", dmsg: "refuses" });
  strictEqual(await ways.ask(), '["http"]');
  strictEqual(await ways.ask(), '["http"]');
  deepStrictEqual(ways.asked, [OVER_DMSG, `http ${URL}`, `http ${URL}`]);
  ways.does.dmsg = "answers";
  for (const http of ["page", "refuses"] as const) {
    ways.does.http = http;
    strictEqual(await ways.ask(), '["dmsg"]', "and back");
  }
  deepStrictEqual(ways.asked.slice(3), [`http ${URL}`, OVER_DMSG, OVER_DMSG]);
});

Deno.test("A discovery that says nothing over dmsg is asked over HTTP beside that, after 1.5 s", async () => {
  const ways = waysThat({ http: "answers", dmsg: "says nothing" });
  const asking = ways.ask();
  await ways.clock.advance(1499);
  deepStrictEqual(ways.asked, [OVER_DMSG]);
  await ways.clock.advance(1);
  strictEqual(await asking, '["http"]');
});

Deno.test("A discovery that is away over both is told with both reasons; one that is given up with the reason for that", async () => {
  await rejects(waysThat({ http: "refuses", dmsg: "refuses" }).ask(), {
    message: "http is away; over dmsg: dmsg is away",
  });
  await rejects(
    waysThat({ http: "page", dmsg: "refuses" }).ask(),
    /^Error: status 404 of something that is no discovery; /,
  );
  const ways = waysThat({ http: "says nothing", dmsg: "says nothing" });
  const over = new AbortController();
  const asking = ways.fetch(URL, { signal: over.signal });
  asking.catch(() => {});
  await settle();
  over.abort(new Error("enough"));
  await rejects(asking, /enough/);
});

Deno.test("Why neither way answers is told in as many words as it takes, not for each server and request", async () => {
  const request = `error sending request for url (${URL}): client error (Connect): dns error: no such name`;
  const overHttp: Fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error(request) }));
  const overDmsg: Fetch = () =>
    Promise.reject(new Error("Cannot open stream to key:80: a: is away; b: is away"));
  await rejects(fetchEitherWay(overHttp, overDmsg, new FakeClock(), PLACES)(URL), {
    message: "dns error: no such name; over dmsg: Cannot open stream to key:80: a: is away",
  });
});

Deno.test("The public discovery has a place over dmsg, with servers", () => {
  const place = dmsgPlace(PUBLIC_DISCOVERY.dmsg);
  strictEqual(place?.base, PUBLIC_DISCOVERY.dmsg);
  strictEqual(place.servers.length, 9);
});
