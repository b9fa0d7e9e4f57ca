/** Runner of the group `discovery_http_capture` of dmsg.json: a recorded conversation, replayed in its order. */
import { match, ok, strictEqual } from "node:assert/strict";
import { parseOpaque } from "../../../lib/wire/exact_json.ts";
import { bench, type Reply } from "../../discovery/support.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { byMember } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

/** One request and what the stock discovery answered, `t` seconds after the first. */
interface Exchange {
  readonly t: number;
  readonly request: string;
  readonly request_body: string;
  readonly status: number;
  readonly response_body: string;
}

/** Every answer byte for byte; each depends on the requests before it, so the replay runs once for all cases. */
export const dmsgDiscoveryHttpCapture: GroupRunner = (group) =>
  byMember(group, {
    exchanges: (exchanges: Exchange[]) => {
      let replies: Promise<Reply[]> | undefined;
      return exchanges.map((exchange, i) => ({
        name: `${i}: ${exchange.request} at ${exchange.t} s`,
        async run() {
          const reply = (await (replies ??= replay(exchanges)))[i];
          strictEqual(inOrder(exchange, reply.body), inOrder(exchange, exchange.response_body));
          strictEqual(reply.status, exchange.status);
        },
      }));
    },
  });

/** The store of the stock discovery gives its sets in an order that differs from run to run; ours goes by key. */
function inOrder({ request }: Exchange, body: string): string {
  if (!/^GET \/dmsg-discovery\/(entries|visorEntries|all_servers|available_servers)$/.test(request)) {
    return body;
  }
  if (!body.startsWith("[")) return body;
  const items = parseOpaque(body) as unknown[];
  return JSON.stringify(items.map((item) => JSON.stringify(item)).sort());
}

async function replay(exchanges: readonly Exchange[]): Promise<Reply[]> {
  const startNs = startOf(exchanges);
  const clock = new FakeClock(0, startNs);
  const { ask } = bench({ generation: "classic" }, clock);
  const replies: Reply[] = [];
  for (const { t, request, request_body } of exchanges) {
    match(request, /^[A-Z]+ \/\S*$/);
    const [method, path] = request.split(" ");
    // Overlapping requests are listed by their end, so `t` goes back a little at times.
    clock.setWall(startNs + BigInt(Math.round(t * 1e9)));
    replies.push(await ask(method, path, method === "GET" ? undefined : request_body));
  }
  return replies;
}

/** The wall time at t = 0: an entry is posted in the moment in which it is made. */
function startOf(exchanges: readonly Exchange[]): bigint {
  const posted = exchanges.find(({ request }) => request.startsWith("POST "));
  const timestamp = posted && /"timestamp":(\d+)/.exec(posted.request_body)?.[1];
  ok(timestamp, "the capture posts an entry");
  return BigInt(timestamp) - BigInt(Math.round(posted.t * 1e9));
}
