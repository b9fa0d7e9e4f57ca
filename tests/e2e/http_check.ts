import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest } from "./network.ts";
import { eventsIn, serving } from "./services.ts";

/** A service of this machine that says what it was told. */
function service(): { url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/away") return Response.redirect(new URL("/there", request.url));
    return Response.json({
      method: request.method,
      path: pathname,
      caller: request.headers.get("x-dmsg-caller"),
      all: [...request.headers.keys()].filter((name) => /caller|forwarded|real/.test(name)).sort(),
    });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** An address as errors have it. */
const shortened = (address: string): string => address.replace(/^(.{8}).{58}/, "$1…");
const GET = (path: string, fields = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`;

networkTest(
  "http get fetches files whole, in parts and with their redirects, and says what it could not",
  async (network) => {
    const { home } = network.stage;
    await Deno.mkdir(`${home}/www/sub`, { recursive: true });
    const big = new Uint8Array(5_000_001).map((_, i) => i * 7 + (i >> 13));
    await Deno.writeFile(`${home}/www/big.bin`, big);
    await Deno.writeTextFile(`${home}/www/sub/index.html`, "<p>sub");
    const { address, process } = await serving(network, "www");
    const get = (...args: string[]) => network.run("me", ["http", "get", ...args]);
    const saved = await get(`${address}/big.bin`, "-o", "big.bin", "--json");
    deepStrictEqual(JSON.parse(saved.out), {
      from: address,
      target: "/big.bin",
      status: 200,
      bytes: big.length,
      type: "application/octet-stream",
      file: "big.bin",
    });
    deepStrictEqual(await Deno.readFile(`${home}/big.bin`), big);
    deepStrictEqual(await get(`${address}/sub`), { status: 0, out: "<p>sub", err: "" });
    strictEqual((await get(`${address}/big.bin`, "-o", "big.bin")).status, 5);
    const gone = await get(`dmsg://${address}/../gone`, "-o", "gone");
    deepStrictEqual([gone.status, gone.out, gone.err], [
      8,
      "",
      `dmsg: ${shortened(address)} answered 404 Not Found\n`,
    ]);
    // A directory that is not there is mistyped.
    strictEqual((await get(`${address}/sub`, "-o", "new/deep/f")).status, 5);
    strictEqual(await Deno.stat(`${home}/new`).catch(() => undefined), undefined);
    const part = await network.start("me", "http", "get", `${address}/big.bin`, "-H", "Range: bytes=-9")
      .ended();
    deepStrictEqual(part.stdout, big.slice(-9));
    deepStrictEqual([...Deno.readDirSync(home)].filter(({ name }) => /part|gone/.test(name)), []);
    process.kill("SIGTERM");
    strictEqual((await process.ended()).status, 143);
  },
);

networkTest(
  "A service learns who calls, and nobody can call as somebody else; the list decides at once",
  async (network) => {
    await using web = service();
    const me = (await network.look("me", "id")).trim();
    const list = `${network.stage.home}/list`;
    await Deno.writeTextFile(list, `${me} ro\n`);
    const { address, process } = await serving(network, web.url, "--whitelist", list, "-v");
    const asMe = async (request: string): Promise<string> => {
      const nc = network.start("me", "nc", "-q", "20s", address);
      await nc.write(request);
      await nc.end();
      return fromUtf8((await nc.ended()).stdout);
    };
    const forged = GET(
      "/x",
      `X-Dmsg-Caller: ${"02".repeat(33)}\r\nx_dmsg_caller: y\r\nX-Real-IP: 127.0.0.1\r\n`,
    );
    const said = JSON.parse(/\{.*\}/.exec(await asMe(forged))![0]);
    deepStrictEqual(said, {
      method: "GET",
      path: "/x",
      caller: me,
      all: ["x-dmsg-caller", "x-forwarded-host", "x-forwarded-proto"],
    });
    match(await asMe(GET("/").replace("GET", "POST")), /^HTTP\/1\.1 403 /);
    const away = await network.run("me", ["http", "get", `${address}/away`]);
    deepStrictEqual([away.status, JSON.parse(away.out).path], [0, "/there"]);
    await Deno.writeTextFile(list, "");
    const refused = await network.run("me", ["http", "get", `${address}/x`]);
    deepStrictEqual([refused.status, refused.err], [
      4,
      `dmsg: ${shortened(address)} answered 403 Forbidden\n`,
    ]);
    const own = await network.run("host", ["http", "get", `${address}/x`]);
    strictEqual(own.status, 0, own.err);
    process.kill("SIGTERM");
    const requests = eventsIn((await process.ended()).stdout).filter(({ event }) => event === "request");
    deepStrictEqual(requests.map(({ status }) => status), [200, 403, 302, 200, 403, 200]);
  },
);

networkTest(
  "A host that is killed in the middle of a file leaves no half of it, and the status says so",
  async (network) => {
    const { home } = network.stage;
    await Deno.mkdir(`${home}/www`);
    await using file = await Deno.open(`${home}/www/huge`, { write: true, create: true });
    await file.truncate(2 ** 30);
    const { address, process } = await serving(network, "www");
    const get = network.start("me", "http", "get", `${address}/huge`, "-o", "huge");
    let over = false;
    const ended = get.ended().finally(() => over = true);
    while (!over) {
      const part = [...Deno.readDirSync(home)].find(({ name }) => name.endsWith(".part"));
      if (part && (await Deno.stat(`${home}/${part.name}`).catch(() => ({ size: 0 }))).size > 1 << 20) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.kill("SIGKILL");
    const { status, stderr } = await ended;
    strictEqual(status, 9, stderr);
    match(stderr, /The answer of 0[23][0-9a-f]{6}…:80 broke: /);
    ok(![...Deno.readDirSync(home)].some(({ name }) => /part|huge/.test(name)));
  },
);
