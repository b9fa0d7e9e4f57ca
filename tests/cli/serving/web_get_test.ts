import { deepStrictEqual, rejects } from "node:assert/strict";
import { fetchFrom, type Question, questionOf } from "../../../cli/serving/web_get.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";

const PK = "02".padEnd(66, "c");

/** How a stream ends, and a file that takes everything. */
const ENDS = {
  closeWrite: () => Promise.resolve(),
  close: () => {},
  reset: () => {},
  ping: () => Promise.resolve(1),
};
const FILE = {
  write: () => Promise.resolve(),
  commit: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};

/** Asks a peer that gives the beginning of an answer, and whose stream then fails. */
function ask(error: Error, beginning: string): Promise<unknown> {
  const parts = beginning === "" ? [] : [utf8(beginning)];
  const stream = {
    remote: { pk: PK, port: 80 },
    read: () => parts.length > 0 ? Promise.resolve(parts.shift()!) : Promise.reject(error),
    write: () => Promise.resolve(),
    ...ENDS,
  };
  const output = { begin: () => Promise.resolve(FILE) };
  return fetchFrom(
    { clock: systemClock() } as never,
    { dial: () => Promise.resolve(stream) },
    { peer: { pk: PK, port: 80 }, target: "/" },
    { verbose: false },
    output as never,
    new AbortController().signal,
  );
}

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789";

for (const beginning of [HEAD, ""]) {
  const when = beginning === "" ? "before it begins" : "in the middle";
  Deno.test(`An answer that its server breaks off ${when} is told as broken, also by one that answers no more`, async () => {
    for (const reason of ["closed", "timeout"] as const) {
      const error = new NetworkError("the server did not answer a ping", { retry: true, reason });
      await rejects(ask(error, beginning), { name: "AnswerError", fault: "broken" }, reason);
    }
  });
}

const KEY = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const LABEL = "aldai74uihwx23jqivag5foaptmfy54ojogo6pfhvowatok4ocpok";

Deno.test("A link for browsers behind a Go resolver names a peer, a port and a site", async () => {
  const asked = (text: string) => questionOf({} as never, text);
  const peer = { pk: KEY, port: 80 };
  deepStrictEqual(await asked(`http://blog.${LABEL}.dmsg/a b?c#d`), {
    peer,
    site: "blog",
    target: "/a%20b?c",
  });
  deepStrictEqual(await asked(`${KEY}.dmsg:8080`), { peer: { pk: KEY, port: 8080 }, target: "/" });
  deepStrictEqual(await asked(`dmsg://${LABEL}.dmsg/`), { peer, target: "/" });
  for (
    const [text, why] of [
      [`http://${LABEL}.dmsg:0/`, /a port is a number from 1/],
      [`http://${KEY}.${LABEL}.dmsg/`, /server to go through/],
      [`http://${KEY}:80/`, /No peer is meant/],
      ["http://example.com/", /No peer is meant/],
    ] as const
  ) await rejects(asked(text), { name: "UserError", kind: "usage", message: why }, text);
});

/** Peers that give these answers, one after the other; what each of them was asked. */
async function askAll(question: Question, answers: string[], header: readonly string[] = []) {
  const [dialled, heads]: [unknown[], string[]] = [[], []];
  const dial = (to: unknown) => {
    dialled.push(to);
    const parts = [utf8(answers.shift()!)];
    let heard = "";
    const whole = Promise.withResolvers<void>();
    return Promise.resolve({
      remote: { pk: KEY, port: 80 },
      read: async () => {
        await whole.promise;
        return parts.shift() ?? null;
      },
      write: (bytes: Uint8Array) => {
        heard += fromUtf8(bytes);
        if (!heard.includes("\r\n\r\n")) return Promise.resolve();
        heads.push(heard);
        return Promise.resolve(whole.resolve());
      },
      ...ENDS,
    });
  };
  const got = await fetchFrom(
    { clock: systemClock() } as never,
    { dial } as never,
    question,
    { verbose: false, header },
    { begin: () => Promise.resolve(FILE) } as never,
    new AbortController().signal,
  );
  return { got, dialled, heads };
}

const to = (location: string): string =>
  `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
const FOUND = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

Deno.test("A site is asked for by its name, also behind a redirect of its own, and no further", async () => {
  const question = { peer: { pk: KEY, port: 80 }, site: "blog", target: "/a" };
  const answers = [to("/b"), to(`http://${LABEL}.dmsg:81/c`), FOUND];
  const { got, dialled, heads } = await askAll(question, answers);
  const hosts = heads.map((head) => /^Host: (.*)\r$/m.exec(head)?.[1]);
  deepStrictEqual(hosts, ["blog", "blog", `${KEY}:81`]);
  deepStrictEqual(dialled, [80, 80, 81].map((port) => ({ pk: KEY, port })));
  deepStrictEqual([got.status, got.target, got.from], [200, "/c", `${KEY}:81`]);
});

Deno.test("What proves who asks is told to the peer that was named, and to none to which that one redirects", async () => {
  const header = [
    "authorization: Bearer secret",
    "Cookie: secret",
    "Proxy-Authorization: secret",
    "Accept: x/y",
  ];
  const other = `02e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13`;
  const answers = [to("/b"), to(`dmsg://${other}/c`), to(`dmsg://${KEY}:81/d`), to(`dmsg://${KEY}/e`), FOUND];
  const { heads } = await askAll({ peer: { pk: KEY, port: 80 }, target: "/a" }, answers, header);
  const secrets = heads.map((head) => head.match(/secret/g)?.length ?? 0);
  deepStrictEqual(secrets, [3, 3, 0, 0, 3]);
  deepStrictEqual(heads.map((head) => head.includes("Accept: x/y")), Array(5).fill(true));
});
