/**
 * Names of sites, as `pkg/skynetweb/resolverhost.go` and `pkg/cipher/dnslabel.go` of skywire (summer 2026) read them: read
 * there, and the base32 made by another program.
 */
import { deepStrictEqual } from "node:assert/strict";
import { readDmsgHost } from "../../lib/bridge/dmsg_host.ts";

const KEYS: readonly (readonly [string, string])[] = [
  [
    "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
    "aldai74uihwx23jqivag5foaptmfy54ojogo6pfhvowatok4ocpok",
  ],
  [
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "aj434zt67holxlcvubrjltuhbmdqfg743mw44kgzlhzicwyw7alzq",
  ],
  [
    "03fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556",
    "ap77s66vovpo5jbaiu5binksgxjyf5shf6cwrimlf4cxufdaff2vm",
  ],
];
const [[PK, LABEL], [OTHER, OTHER_LABEL]] = KEYS;

Deno.test("A key is read in hex and in base32, whatever the case, with a port and a site before it", () => {
  for (const [pk, label] of KEYS) {
    for (const key of [pk, label, pk.toUpperCase(), label.toUpperCase()]) {
      deepStrictEqual(readDmsgHost(`${key}.dmsg`), { pk });
      deepStrictEqual(readDmsgHost(`${key}.DMSG:8080`), { pk, port: "8080" });
      deepStrictEqual(readDmsgHost(`Example.com.${key}.dmsg`), { pk, site: "example.com" });
      deepStrictEqual(readDmsgHost(`my_blog.${key}.dmsg:x`), { pk, port: "x", site: "my_blog" });
    }
  }
});

Deno.test("A server before the key is told, and what is no key is none", () => {
  for (const server of [OTHER, OTHER_LABEL]) {
    deepStrictEqual(readDmsgHost(`${server}.${LABEL}.dmsg`), "pinned");
    deepStrictEqual(readDmsgHost(`blog.${server}.${PK}.dmsg`), "pinned");
  }
  const offCurve = "02".padEnd(66, "0");
  for (
    const none of [
      PK,
      `${PK}.skynet`,
      ".dmsg",
      `.${PK}.dmsg`,
      `blog..${PK}.dmsg`,
      `bl og.${PK}.dmsg`,
      `${PK.slice(1)}.dmsg`,
      `${offCurve}.dmsg`,
      `${LABEL.slice(0, -1)}.dmsg`,
      `${LABEL.slice(0, -1)}l.dmsg`,
      `${LABEL.slice(0, -1)}0.dmsg`,
      "alice.dmsg",
    ]
  ) deepStrictEqual(readDmsgHost(none), undefined, none);
});
