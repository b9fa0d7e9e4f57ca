/** What a long connection keeps of the requests that are over. */
import { ok } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { plainAnswer } from "../../lib/bridge/web_server.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { webWorld } from "./web.ts";

Deno.test("A connection that asks for ever costs no more than one that asks once", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const { answered, dial } = await webWorld({
    answer: (_request, answer) => {
      plainAnswer(answer, 200, "ok");
      return Promise.resolve();
    },
  });
  const { near, served, stop } = dial();
  const askFor = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      await near.write(utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      for (let heard = ""; !heard.endsWith("ok\n");) heard += fromUtf8((await near.read())!);
    }
    answered.length = 0;
    collect();
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await askFor(1000);
  const grown = await askFor(2000) - before;
  ok(grown < 2000 * 400, `${grown} bytes: it was 1,300 a request`);
  stop.abort(new Error("over"));
  await served;
});
