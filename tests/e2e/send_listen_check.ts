/** More of what send and listen do between real processes; send_listen_test.ts has one of each kind. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest, NOBODY } from "./network.ts";

networkTest("send to several peers lists each, and the highest status counts", async (network) => {
  const [a, c] = [await network.resident("a", "listen"), await network.resident("c", "listen")];
  const both = await network.run("b", ["send", `${a.pk},${c.pk},${a.pk}`, "hello", "--json"]);
  const to = both.out.trim().split("\n").map((line) => JSON.parse(line).to);
  deepStrictEqual([both.status, to.sort()], [0, [a.pk, c.pk].sort()]);
  const some = await network.run("b", ["send", "-t", a.pk, "-t", NOBODY, "hello"]);
  strictEqual(some.status, 3);
  match(some.out, new RegExp(`^Acked by ${a.pk}`));
  match(
    some.err,
    new RegExp(`^dmsg: Cannot reach ${NOBODY.slice(0, 8)}…: the discovery has no entry of it\n$`),
  );
});

networkTest(
  "listen shows what can hide or turn text as escapes, on one line, and a tab as it is",
  async (network) => {
    const { process: listen, pk } = await network.resident("a", "listen");
    await network.run("b", ["send", pk], "\x1b[2J\u202eevil\u2066\ttab\r\n\\ \u0085 \u{e0041}é😀");
    const shown = await listen.prints("stdout", "😀\n");
    const expected = "\\x1b[2J\\u{202e}evil\\u{2066}\ttab\\r\\n\\\\ \\x85 \\u{e0041}é😀\n";
    deepStrictEqual(shown.replace(/^\[.*?\] /, ""), expected);
  },
);

networkTest("listen --raw leaves a text as it is, for a pipe", async (network) => {
  const { process: listen, pk } = await network.resident("a", "listen", "--raw");
  await network.run("b", ["send", pk], "a\nb\x1b[0m\n");
  const shown = await listen.prints("stdout", "\x1b[0m\n");
  deepStrictEqual(shown.replace(/^\[0[23][0-9a-f]{64}\/dmsg\] /, ""), "a\nb\x1b[0m\n");
});

Deno.test({
  name: "The demo ends with 0 when nobody sits at it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const args = ["run", "--no-prompt", "-N", "-R", "-W", "-E", "--allow-run", "scripts/demo.ts"];
    const cwd = new URL("../..", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null" })
      .output();
    deepStrictEqual([code, fromUtf8(stderr)], [0, ""]);
    match(fromUtf8(stdout), /acked by alice in \d+ ms[^]*acked by bob in \d+ ms/);
  },
});
