import { rejects } from "node:assert/strict";
import { fetchFrom } from "../../../cli/serving/web_get.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";

const PK = "02".padEnd(66, "c");

/** Asks a peer that gives the beginning of an answer, and whose stream then fails. */
function ask(error: Error, beginning: string): Promise<unknown> {
  const parts = beginning === "" ? [] : [utf8(beginning)];
  const stream = {
    remote: { pk: PK, port: 80 },
    read: () => parts.length > 0 ? Promise.resolve(parts.shift()!) : Promise.reject(error),
    write: () => Promise.resolve(),
    closeWrite: () => Promise.resolve(),
    close: () => {},
    reset: () => {},
    ping: () => Promise.resolve(1),
  };
  const file = {
    write: () => Promise.resolve(),
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
  const output = { begin: () => Promise.resolve(file) };
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
