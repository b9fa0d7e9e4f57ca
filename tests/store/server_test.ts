/** A KV Connect server that is away, slow, or loses its answers. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { kvStore } from "../../lib/discovery/kv.ts";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import { openStore } from "../../lib/store/open.ts";
import { openServerPlace } from "../../lib/store/place/kv.ts";
import type { Store } from "../../lib/store/store.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { KV_CALL_MS, openKvServer } from "../../lib/sys/kv.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { clientEntry, pairOf } from "../discovery/support.ts";
import { FakeClock } from "../fakes/clock.ts";
import { KV_TOKEN, startKvServer } from "../fakes/kv_connect.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, SECRET, text } from "./support.ts";

const clock = systemClock();
const random = seededRandom(9);
const openAt = async (url: string, pk = ANN, at: FakeClock | typeof clock = clock): Promise<Store> =>
  openStore({ place: await openServerPlace(url, pk, at), secret: SECRET, clock: at, random });

const explained = (sign: RegExp, kind = "local") => (error: unknown): boolean => {
  ok(error instanceof UserError, String(error));
  strictEqual(error.kind, kind);
  ok(sign.test(error.message), error.message);
  ok(!`${error.message} ${error.hint} ${error.cause}`.includes(KV_TOKEN));
  return true;
};

Deno.test("Kv Connect store takes a write whose answer was lost for what it is: its own", async () => {
  await using server = startKvServer();
  server.fail({ how: "lost answer", method: "atomic_write", count: 1 });
  const store = await openAt(server.url);
  for (const body of ["one", "two"]) {
    server.fail({ how: "lost answer", method: "atomic_write", count: 1 });
    ok((await store.commit([text(ANN, body)])).ok);
  }
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["one", "two"]);
  strictEqual(
    server.calls.atomic_write,
    8,
    "each of the three was written twice, the second and third steps of the layout once",
  );
  await store.close();
});

Deno.test("Kv Connect store notices a second process", async () => {
  await using server = startKvServer();
  const [one, two] = [await openAt(server.url), await openAt(server.url)];
  ok((await one.commit([text(ANN, "one")])).ok);
  await rejects(two.commit([text(ANN, "two")]), explained(/another process is writing/, "busy"));
  deepStrictEqual(bodies(await two.messages.newest(ANN, 9)), ["one"]);
  await one.close();
  await two.close();
});

Deno.test("Kv Connect store shares a server with other identities", async () => {
  await using server = startKvServer();
  const [ann, ben] = [await openAt(server.url, ANN), await openAt(server.url, BEN)];
  ok((await ann.commit([text(BEN, "to ben")])).ok && (await ben.commit([text(ANN, "to ann")])).ok);
  deepStrictEqual(bodies(await ann.messages.newest(BEN, 9)), ["to ben"]);
  deepStrictEqual(bodies(await ben.messages.newest(ANN, 9)), ["to ann"]);
  await ann.close();
  await ben.close();
});

Deno.test("Kv Connect store fails when the server is silent, and goes on when it is back", async () => {
  await using server = startKvServer();
  const time = new FakeClock();
  const store = await openAt(server.url, ANN, time);
  ok((await store.commit([text(ANN, "before")])).ok);
  server.fail({ how: "hang", method: "atomic_write", count: 1 });
  const calls = server.calls.atomic_write;
  const silent = rejects(
    store.commit([text(ANN, "meanwhile")]),
    explained(/^Cannot write .* does not answer$/),
  );
  await until(() => server.calls.atomic_write > calls);
  await time.advance(KV_CALL_MS);
  await silent;
  // What may still happen is not overtaken, and nobody waits for it.
  await rejects(store.commit([text(ANN, "at once")]), explained(/does not answer$/));
  await rejects(store.messages.newest(ANN, 9), explained(/^Cannot read .* does not answer$/));
  strictEqual(server.calls.atomic_write, calls + 1);
  server.fail(undefined);
  await until(() => store.commit([text(ANN, "after")]).then(({ ok }) => ok, () => false));
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["before", "meanwhile", "after"]);
  await store.close();
});

Deno.test("Kv Connect store says when there is no server, and when the token is another", async () => {
  await rejects(openAt("http://127.0.0.1:9/"), explained(/the server does not answer$/));
  await using server = startKvServer("a token that we do not have");
  await rejects(openAt(server.url), explained(/the access token is missing or refused$/));
});

Deno.test("Kv Connect server that never answers is given up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const time = new FakeClock();
  const opening = rejects(
    openAt(`http://127.0.0.1:${listener.addr.port}/`, ANN, time),
    explained(/^Cannot open .* does not answer$/),
  );
  const connection = await listener.accept();
  await time.advance(KV_CALL_MS);
  await opening;
  connection.close();
});

Deno.test("Discovery takes an entry whose answer was lost as kept", async () => {
  await using server = startKvServer();
  const kv = await openKvServer(server.url, clock);
  const store = kvStore(kv);
  const entry = clientEntry(pairOf(1));
  const kept = { entry, text: encodeEntry(entry), expiresAtMs: 1000 };
  server.fail({ how: "lost answer", method: "atomic_write", count: 1 });
  strictEqual(await store.put(kept, undefined, 0), "stored");
  strictEqual(await store.put(kept, undefined, 0), "conflict", "another time it is not new");
  server.fail({ how: "lost answer", method: "atomic_write", count: 1 });
  await store.delete(entry.static);
  strictEqual(await store.get(entry.static, 0), undefined);
  kv.close();
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!await holds()) {
    if (Date.now() > end) throw new Error("it did not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
