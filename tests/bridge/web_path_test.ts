import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { byteRange, webPath } from "../../lib/bridge/web_path.ts";

Deno.test("A path is a name below the directory, its query is not", () => {
  deepStrictEqual(webPath("/"), { name: "", directory: true });
  deepStrictEqual(webPath("/a%20b/%C3%A9.txt?x=/../y#z"), { name: "a b/é.txt", directory: false });
  deepStrictEqual(webPath("//a//b/"), { name: "a/b", directory: true });
  deepStrictEqual(webPath("http://elsewhere:1/a"), { name: "a", directory: false });
  deepStrictEqual(webPath("/.well-known/x"), { name: ".well-known/x", directory: false });
});

Deno.test("No spelling of a path leads elsewhere, to what is hidden, or has a control character", () => {
  for (
    const target of [
      "/..",
      "/../etc/passwd",
      "/a/../../b",
      "/%2e%2e/etc",
      "/%2E./x",
      "/a/%2e%2e%2f%2e%2e%2fetc",
      "/a%2fb",
      "/a%5cb",
      "/a\\..\\b",
      "/%00",
      "/a%0ab",
      "/./a",
      "/.git/config",
      "/a/.env",
      "/%2egit/config",
    ]
  ) strictEqual(webPath(target), undefined, target);
  for (const target of ["", "a", "*", "/%", "/%zz", "/%ff", "/%c0%ae%c0%ae/", "ftp://x/a"]) {
    strictEqual(webPath(target), "malformed", target);
  }
});

Deno.test("Whatever is asked, a name has no part that is empty, hidden or holds a slash", () => {
  const piece = fc.oneof(
    fc.constantFrom("/", "..", ".", "%2e", "%2E", "%2f", "%5c", "\\", "%00", "a", "?", "#", "%", "//"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = webPath(`/${pieces.join("")}`);
      if (path === undefined || path === "malformed" || path.name === "") return;
      for (const part of path.name.split("/")) {
        ok(part !== "" && (!part.startsWith(".") || part === ".well-known") && !/[\\\0\n]/.test(part), part);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Ranges are those of RFC 9110; what is none means the whole", () => {
  const cases: [string | undefined, number, ReturnType<typeof byteRange>][] = [
    [undefined, 10, undefined],
    ["bytes=0-4", 10, { from: 0, to: 5 }],
    ["bytes=4-", 10, { from: 4, to: 10 }],
    ["bytes=4-99999", 10, { from: 4, to: 10 }],
    ["bytes=-3", 10, { from: 7, to: 10 }],
    ["bytes=-99", 10, { from: 0, to: 10 }],
    ["Bytes = 0-4", 10, undefined],
    ["bytes=10-", 10, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    ["bytes=-0", 10, "unsatisfiable"],
    ["bytes=5-4", 10, undefined],
    ["bytes=0-1,3-4", 10, undefined],
    ["bytes=-", 10, undefined],
    ["bytes=0x1-2", 10, undefined],
    ["bytes=99999999999999999999-", 10, undefined],
    ["lines=0-4", 10, undefined],
  ];
  for (const [field, size, expected] of cases) deepStrictEqual(byteRange(field, size), expected, field);
});
