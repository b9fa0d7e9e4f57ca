import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { KeyError, publicKeyOf } from "../../lib/crypto/keys.ts";
import { formatAddr, NULL_PK, parseAddr, parseDmsgUrl, parsePort } from "../../lib/dmsg/addr.ts";
import { toHex } from "../../lib/wire/bytes.ts";

const PK = toHex(publicKeyOf(new Uint8Array(32).fill(7)));

Deno.test("Address text comes back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(PK, PK.toUpperCase()), (port, pk) => {
      deepStrictEqual(parseAddr(formatAddr({ pk, port })), { pk: PK, port });
    }),
  );
});

Deno.test("Address takes an empty key for the null key only in front of a colon", () => {
  deepStrictEqual(parseAddr(":80"), { pk: NULL_PK, port: 80 });
  deepStrictEqual(parseAddr(" : ~ "), { pk: NULL_PK, port: 0 });
  throws(() => parseAddr(""), KeyError);
  throws(() => parseAddr(`${NULL_PK}:80`), KeyError);
});

Deno.test("Address is cut by Go's white space: with U+0085, without the byte order mark", () => {
  strictEqual(parseAddr(`\u0085${PK}\u00a0:\u30001`).port, 1);
  throws(() => parseAddr(`\ufeff${PK}`), KeyError);
});

Deno.test("Address names the key's fault before the port's", () => {
  throws(() => parseAddr("zz:x"), { message: "Invalid public key" });
  throws(() => parseAddr(`${PK}:x`), SyntaxError);
});

Deno.test("Address port reads like a Go integer", () => {
  const cases: [text: string, port: number][] = [
    ["80", 80],
    ["80abc", 80],
    ["80 81", 80],
    ["0x50", 80],
    ["0X50zz", 80],
    ["0120", 80],
    ["0o120", 80],
    ["0b1010000", 80],
    ["0b12", 1],
    ["089", 0],
    ["8_0", 80],
    ["0x_50", 80],
    ["0_120", 80],
    ["0xffff", 65535],
    ["00000000000000000000000000001", 1],
  ];
  for (const [text, port] of cases) strictEqual(parsePort(text), port, text);
});

Deno.test("Address port is refused with Go's message", () => {
  const cases: [text: string, message: string][] = [
    ["x", "expected integer"],
    ["-1", "expected integer"],
    ["+1", "expected integer"],
    ["65536", "unsigned integer overflow on token 65536"],
    ["0x10000", "unsigned integer overflow on token 0x10000"],
    ["18446744073709551616", 'strconv.ParseUint: parsing "18446744073709551616": value out of range'],
    ["0x", 'strconv.ParseUint: parsing "0x": invalid syntax'],
    ["0b", 'strconv.ParseUint: parsing "0b": invalid syntax'],
    ["0B2", 'strconv.ParseUint: parsing "0B": invalid syntax'],
    ["0o8", 'strconv.ParseUint: parsing "0o": invalid syntax'],
    ["8__0", 'strconv.ParseUint: parsing "8__0": invalid syntax'],
    ["80_", 'strconv.ParseUint: parsing "80_": invalid syntax'],
    ["_80", 'strconv.ParseUint: parsing "_80": invalid syntax'],
  ];
  for (const [text, message] of cases) throws(() => parsePort(text), new SyntaxError(message), text);
});

Deno.test("Address parser throws nothing but KeyError and SyntaxError", () => {
  const part = fc.constantFrom(PK, "", ":", "~", "0", "0x", "_", "9", "zz", " ", "é", "0b", "0o8");
  fc.assert(fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
    try {
      parseAddr(parts.join(""));
    } catch (error) {
      if (!(error instanceof KeyError || error instanceof SyntaxError)) throw error;
    }
  }));
});

Deno.test("URL without a port means port 80, without a path the root", () => {
  const addr = { pk: PK, port: 80 };
  deepStrictEqual(parseDmsgUrl(`dmsg://${PK}`), { addr, path: "/" });
  deepStrictEqual(parseDmsgUrl(`dmsg://${PK}:/a/b?c=d#e`), { addr, path: "/a/b?c=d" });
  deepStrictEqual(parseDmsgUrl(`dmsg://${PK}?x`), { addr, path: "/?x" });
  deepStrictEqual(parseDmsgUrl(` DMSG://${PK}:8080/a:b `), { addr: { pk: PK, port: 8080 }, path: "/a:b" });
});

Deno.test("URL of anything else is refused", () => {
  for (const text of ["", PK, `http://${PK}/`, "dmsg://", "dmsg:///path", `dmsg://${PK}/a b`]) {
    throws(() => parseDmsgUrl(text), new SyntaxError("not a dmsg:// URL"), text);
  }
  throws(() => parseDmsgUrl("dmsg://:80/"), KeyError);
  throws(() => parseDmsgUrl("dmsg://example.org/"), KeyError);
});

Deno.test("A long text that is no dmsg URL is refused at once", () => {
  const start = performance.now();
  throws(() => parseDmsgUrl(`dmsg://${"9".repeat(200_000)} x`), SyntaxError);
  ok(performance.now() - start < 1000, "not after as many steps as its length squared");
});
