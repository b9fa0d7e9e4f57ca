/** `http serve` with many, slow, half-closed and vanishing callers, and what they cost its process. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type TestNetwork } from "./network.ts";
import { connect, eventsIn, forwarded, readAll, serving, watchMemory, writeAll } from "./services.ts";

/** Requests after which a process has all that it needs, and what it may grow by in all that follow. */
const [WARM, MORE_MIB] = [1000, 32];
/** Of a file that nobody could hold in that. */
const HUGE = 64 << 20;

/** A directory with a large file and a small one. */
async function filesOf({ stage: { home } }: TestNetwork): Promise<void> {
  await Deno.mkdir(`${home}/www`);
  await Deno.writeTextFile(`${home}/www/small`, "small");
  await using file = await Deno.open(`${home}/www/huge`, { write: true, create: true });
  await file.truncate(HUGE);
}

const asking = (path: string): Uint8Array =>
  utf8(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

networkTest(
  "10,000 requests on the connections of a browser behind forward get their own answers, in bounded memory",
  async (network) => {
    const own = (request: Request): Response => new Response(request.headers.get("n"));
    await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, own);
    const { address, process } = await serving(network, `http://127.0.0.1:${web.addr.port}`);
    const { port, process: forward } = await forwarded(network, "me", address);
    let next = 0;
    let grown = await watchMemory();
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let n = next++; n < 10_000; n = next++) {
        const answer = await fetch(`http://127.0.0.1:${port}/n`, { headers: { n: String(n) } });
        strictEqual(await answer.text(), String(n));
        if (n === WARM) grown = await watchMemory(process, forward);
      }
    }));
    await grown(MORE_MIB);
  },
);

networkTest(
  "A reader that stands still stops its file and holds up nobody; then it gets all, and memory was bounded",
  async (network) => {
    await filesOf(network);
    const { address, process } = await serving(network, "www", "-v");
    const { port, process: forward } = await forwarded(network, "me", address);
    const fetched = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/small`)).text();
    strictEqual(await fetched(), "small");
    const grown = await watchMemory(process, forward);
    const slow = await connect(port);
    await writeAll(slow, asking("/huge"));
    await slow.read(new Uint8Array(1));
    for (let n = 0; n < 50; n++) strictEqual(await fetched(), "small");
    deepStrictEqual(
      eventsIn(utf8(await process.prints("stdout", "/small"))).filter(({ target }) => target === "/huge"),
      [],
      "it was not stopped",
    );
    ok((await readAll(slow)).length > HUGE);
    match(await process.prints("stdout", "/huge"), /"target":"\/huge","status":200,"whole":true/);
    await grown(MORE_MIB);
  },
);

networkTest(
  "Who asks is killed in the middle of a file: the host says that it was not whole, and answers the next",
  async (network) => {
    await filesOf(network);
    const { address, process } = await serving(network, "www", "-v");
    const { port, process: forward } = await forwarded(network, "me", address);
    const conn = await connect(port);
    await writeAll(conn, asking("/huge"));
    await conn.read(new Uint8Array(1));
    forward.kill("SIGKILL");
    match(await process.prints("stdout", "/huge"), /"target":"\/huge","status":200,"whole":false/);
    await readAll(conn).catch(() => {}); // its own kernel ends it
    const next = await network.run("me", ["http", "get", `${address}/small`]);
    deepStrictEqual(next, { status: 0, out: "small", err: "" });
  },
);

networkTest("A caller that ends its direction behind the question gets the whole answer", async (network) => {
  await filesOf(network);
  const { address } = await serving(network, "www");
  const nc = network.start("me", "nc", "-N", address);
  await nc.write(fromUtf8(asking("/huge")));
  await nc.end();
  const { status, stdout } = await nc.ended();
  const head = fromUtf8(stdout.subarray(0, 1000)).split("\r\n\r\n")[0];
  match(head, /^HTTP\/1\.1 200 /);
  deepStrictEqual([status, stdout.length], [0, head.length + 4 + HUGE]);
});
