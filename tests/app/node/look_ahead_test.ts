import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { LookAhead } from "../../../lib/app/node/look_ahead.ts";
import { DISCOVERY_TEXTS } from "../../../lib/dmsg/discovery/texts.ts";
import { encodeEntry, freshEntry } from "../../../lib/dmsg/entries/entry.ts";
import { signEntry } from "../../../lib/dmsg/entries/entry.ts";
import type { Fetch } from "../../../lib/sys/fetch.ts";
import { pairOf } from "../../discovery/support.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

const [PEER, SERVER, STRANGER] = [1, 90, 3].map(pairOf);

/** A discovery that knows PEER on SERVER; or one that is down. */
function discovery(down = false): { ahead: LookAhead; clock: FakeClock; asked: string[] } {
  const clock = new FakeClock();
  const asked: string[] = [];
  const entries = new Map([
    [PEER.pk, signed(PEER, { client: { delegatedServers: [SERVER.pk] } })],
    [SERVER.pk, signed(SERVER, { server: { address: "127.0.0.1:1", availableSessions: 1 } })],
  ]);
  const fetch: Fetch = (url) => {
    const pk = url.slice(-66);
    asked.push(pk);
    if (down) return Promise.reject(new TypeError("refused"));
    const body = entries.get(pk);
    const missing = JSON.stringify({ code: 404, message: DISCOVERY_TEXTS.notFound });
    return Promise.resolve(new Response(body ?? missing, { status: body ? 200 : 404 }));
  };
  const options = { urls: ["http://discovery.test"], fetch, clock, retries: 0 };
  return { ahead: new LookAhead(options), clock, asked };
}

const signed = (pair: typeof PEER, content: object): string =>
  encodeEntry(signEntry({ ...freshEntry(pair.pk, 1n), ...content }, pair.secret));

Deno.test("A look-ahead asks for a client and its server before anybody wants them, once", async () => {
  const { ahead, asked } = discovery();
  ahead.ahead(PEER.pk);
  await settle();
  deepStrictEqual(asked, [PEER.pk, SERVER.pk]);
  strictEqual((await ahead.entry(PEER.pk))!.static, PEER.pk);
  strictEqual((await ahead.entry(SERVER.pk))!.server!.address, "127.0.0.1:1");
  deepStrictEqual(asked, [PEER.pk, SERVER.pk]);
  await ahead.entry(PEER.pk);
  deepStrictEqual(asked, [PEER.pk, SERVER.pk, PEER.pk], "the second time it asks again");
});

Deno.test("A look-ahead asks again when its answer has become old", async () => {
  const { ahead, asked, clock } = discovery();
  ahead.ahead(PEER.pk);
  await clock.advance(3001);
  await ahead.entry(PEER.pk);
  deepStrictEqual(asked, [PEER.pk, SERVER.pk, PEER.pk]);
});

Deno.test("A look-ahead tells its failure to the one who asks", async () => {
  const { ahead, asked } = discovery(true);
  ahead.ahead(PEER.pk);
  await settle();
  await rejects(ahead.entry(PEER.pk), { reason: "no-network" });
  strictEqual(asked.length, 1);
  strictEqual(await discovery().ahead.entry(STRANGER.pk), undefined);
});
