import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { webFiles } from "../../lib/bridge/web_files.ts";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { get, parsed, readAll, webWorld } from "./web.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  png: "image/png",
};

/** A directory with things in it, and beside it. */
async function site() {
  const top = await Deno.makeTempDir();
  const root = `${top}/site`;
  await Deno.mkdir(`${root}/sub/empty`, { recursive: true });
  await Deno.mkdir(`${root}/.git`);
  await Deno.writeTextFile(`${top}/secret`, "secret");
  await Deno.writeTextFile(`${root}/index.html`, "<p>hello");
  await Deno.writeTextFile(`${root}/sub/index.html`, "<p>sub");
  await Deno.writeTextFile(`${root}/a b.js`, "0123456789");
  await Deno.writeTextFile(`${root}/.git/config`, "hidden");
  await Deno.writeTextFile(`${root}/no type`, "?");
  await Deno.symlink(`${top}/secret`, `${root}/link`);
  await Deno.symlink(top, `${root}/up`);
  await Deno.symlink("sub", `${root}/inner`);
  const digest = await loadSha256();
  const tree = systemTree(root);
  let allowed = true;
  const world = await webWorld(webFiles({
    treeOf: () => Promise.resolve(allowed ? tree : undefined),
    digest,
    typeOf: (name) => TYPES[name.split(".").at(-1)!] ?? null,
  }));
  return {
    ...world,
    root,
    forbid: () => allowed = false,
    fetch: async (target: string, fields = "") => parsed(await world.ask(get(target, fields))),
    [Symbol.asyncDispose]: () => Deno.remove(top, { recursive: true }),
  };
}

Deno.test({
  name: "Files come with type, length and validators; a directory is its index",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using at = await site();
    const file = await at.fetch("/a%20b.js?v=1");
    deepStrictEqual([file.status, file.body, file.fields["content-type"], file.fields["content-length"]], [
      200,
      "0123456789",
      "text/javascript; charset=utf-8",
      "10",
    ]);
    strictEqual((await at.fetch("/")).body, "<p>hello");
    strictEqual((await at.fetch("/sub/")).body, "<p>sub");
    strictEqual((await at.fetch("/inner/")).body, "<p>sub");
    deepStrictEqual([(await at.fetch("/sub")).status, (await at.fetch("/sub")).fields.location], [
      301,
      "/sub/",
    ]);
    strictEqual((await at.fetch("/no%20type")).fields["content-type"], "application/octet-stream");
    const head = parsed(await at.ask(get("/a%20b.js").replace("GET", "HEAD")));
    deepStrictEqual([head.status, head.fields["content-length"], head.body], [200, "10", ""]);
    const known = await at.fetch("/a%20b.js", `If-None-Match: "x", W/${file.fields.etag}\r\n`);
    deepStrictEqual([known.status, known.body], [304, ""]);
    strictEqual(
      (await at.fetch("/a%20b.js", `If-Modified-Since: ${file.fields["last-modified"]}\r\n`)).status,
      304,
    );
    await Deno.writeTextFile(`${at.root}/a b.js`, "changed and longer");
    strictEqual(
      (await at.fetch("/a%20b.js", `If-None-Match: ${file.fields.etag}\r\n`)).body,
      "changed and longer",
    );
  },
});

Deno.test({
  name: "A range is a part of a file, for who has seen this very file",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using at = await site();
    const part = await at.fetch("/a%20b.js", "Range: bytes=3-5\r\n");
    deepStrictEqual([part.status, part.body, part.fields["content-range"], part.fields["content-length"]], [
      206,
      "345",
      "bytes 3-5/10",
      "3",
    ]);
    const none = await at.fetch("/a%20b.js", "Range: bytes=10-\r\n");
    deepStrictEqual([none.status, none.fields["content-range"]], [416, "bytes */10"]);
    strictEqual(
      (await at.fetch("/a%20b.js", `Range: bytes=3-5\r\nIf-Range: ${part.fields.etag}\r\n`)).body,
      "345",
    );
    strictEqual((await at.fetch("/a%20b.js", `Range: bytes=3-5\r\nIf-Range: "old"\r\n`)).body, "0123456789");
  },
});

Deno.test({
  name:
    "Nothing outside of the directory and nothing hidden is served, and no answer names a place of this machine",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using at = await site();
    for (
      const target of [
        "/link",
        "/up/secret",
        "/../secret",
        "/%2e%2e/secret",
        "/sub/..%2f..%2fsecret",
        "/.git/config",
        "/gone",
        "/sub/empty/",
        "/a%20b.js/",
        "/no%0Atype",
        `/${"x".repeat(5000)}`,
      ]
    ) {
      const { status, body, fields } = await at.fetch(target);
      deepStrictEqual([status, body], [404, "Not found\n"], target);
      ok(!JSON.stringify(fields).includes(at.root));
    }
    strictEqual((await at.fetch("/%ff")).status, 400);
    const post = parsed(await at.ask(get("/").replace("GET", "POST")));
    deepStrictEqual([post.status, post.fields.allow], [405, "GET, HEAD"]);
    at.forbid();
    strictEqual((await at.fetch("/")).status, 403);
  },
});

Deno.test({
  name: "A file that gets shorter while it is sent does not look whole",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using at = await site();
    await Deno.writeFile(`${at.root}/big.png`, new Uint8Array(4 << 20));
    const { near } = at.dial({ bufferBytes: 65536 });
    await near.write(utf8(get("/big.png")));
    match(fromUtf8((await near.read())!), /^HTTP\/1\.1 200/);
    await Deno.truncate(`${at.root}/big.png`, 100_000);
    match(await readAll(near), /<reset>$/);
  },
});
