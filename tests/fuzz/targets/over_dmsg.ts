/** A discovery over dmsg: what it answers, and what its URL is made of. */
import { askOver } from "../../../lib/dmsg/discovery/ask_over.ts";
import { readCapped } from "../../../lib/dmsg/discovery/http_body.ts";
import { dmsgPlace } from "../../../lib/dmsg/discovery/place.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { pairOf } from "../../discovery/support.ts";
import type { Target } from "../fuzz.ts";

const [KEY, SERVER] = [pairOf(1).pk, pairOf(2).pk];

/** HTTP over a stream, in pieces of any length: a whole answer, or an error and a stream that is closed. */
export const overDmsg = (): Target => ({
  name: "dmsg: answers over a stream",
  seeds: [
    utf8("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]"),
    utf8('HTTP/1.0 404 Not Found\r\n\r\n{"message":"entry of public key is not found","code":404}\n'),
    utf8("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n"),
  ],
  garbage: true,
  run: async (input) => {
    let closed = 0;
    let rest = input.slice();
    const stream = {
      read: () => {
        const piece = rest.subarray(0, 1 + rest.length % 7);
        rest = rest.subarray(piece.length);
        return Promise.resolve(piece.length > 0 ? piece : null);
      },
      write: () => Promise.resolve(),
      reset: () => {},
      close: () => void closed++,
    };
    try {
      await readCapped(await askOver(stream, { method: "GET", host: "x", target: "/" }), 1000);
    } catch (error) {
      if ((error as Error).constructor !== Error) throw error;
    }
    if (closed !== 1) throw new TypeError(`the stream was closed ${closed} times`);
  },
});

/** URLs: one that is taken says the same when it is written again. */
export const places = (): Target => ({
  name: "dmsg: discovery URLs",
  seeds: [utf8(`dmsg://${KEY}:80/${SERVER}@10.0.0.1:80/${SERVER}@[::1]:9091/dmsg-discovery/entry/x`)],
  run: (input) => {
    const place = dmsgPlace(fromUtf8(input));
    if (place && dmsgPlace(place.base + place.path)?.base !== place.base) {
      throw new TypeError("another place");
    }
  },
});
