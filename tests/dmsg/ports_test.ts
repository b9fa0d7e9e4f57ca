import fc from "fast-check";
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { PortTable } from "../../lib/dmsg/streams/ports.ts";

Deno.test("PortTable gives a port to one listener", () => {
  const ports = new PortTable<string>();
  const first = ports.listen(80, "first");
  throws(() => ports.listen(80, "second"), { code: 400, message: "dmsg error 400 - port already occupied" });
  strictEqual(ports.listener(80), "first");
  deepStrictEqual(ports.listeners(), ["first"]);
  first.release();
  strictEqual(ports.listener(80), undefined);
  strictEqual(ports.listen(80, "second").port, 80);
});

Deno.test("PortTable refuses what is no port", () => {
  const ports = new PortTable<string>();
  for (const port of [0, -1, 65536, 1.5, NaN]) throws(() => ports.listen(port, ""), RangeError);
  for (const port of [1, 65535]) strictEqual(ports.listen(port, "").port, port);
});

Deno.test("PortTable keeps a port until its listener and its children are gone", () => {
  const ports = new PortTable<string>();
  const listener = ports.listen(80, "web");
  const children = [ports.child(80), ports.child(80), ports.child(80)];
  listener.release();
  strictEqual(ports.listener(80), undefined);
  for (const child of children) {
    throws(() => ports.listen(80, "again"), { code: 400 });
    child.release();
  }
  strictEqual(ports.size, 0);
  ports.listen(80, "again");
});

Deno.test("PortTable has no listener on a free port, on a dialled stream's port, and after its end", () => {
  const ports = new PortTable<string>();
  throws(() => ports.child(81), { code: 306 });
  throws(() => ports.child(ports.ephemeral().port), { code: 306 });
  const listener = ports.listen(80, "web");
  ports.child(80);
  listener.release();
  throws(() => ports.child(80), { code: 306 });
});

Deno.test("PortTable lease given up twice does not free its successor", () => {
  const ports = new PortTable<string>();
  const old = ports.listen(80, "old");
  old.release();
  ports.listen(80, "new");
  old.release();
  strictEqual(ports.listener(80), "new");
});

Deno.test("PortTable counts source ports from 49153, wraps to 49152 and skips what is in use", () => {
  const ports = new PortTable<string>();
  ports.listen(49154, "in the way");
  const held = ports.ephemeral();
  strictEqual(held.port, 49153);
  strictEqual(ports.ephemeral().port, 49155);
  for (let port = 49156; port <= 65535; port++) ports.ephemeral().release();
  strictEqual(ports.ephemeral().port, 49152);
  strictEqual(ports.ephemeral().port, 49156, "49153 to 49155 are in use");
});

Deno.test("PortTable says when all source ports are in use", () => {
  const ports = new PortTable<string>();
  const leases = Array.from({ length: 16384 }, () => ports.ephemeral());
  throws(() => ports.ephemeral(), { code: 400 });
  leases[5].release();
  const again = ports.ephemeral();
  strictEqual(again.port, leases[5].port);
  again.release();
  strictEqual(ports.ephemeral().port, again.port, "the last one that is looked at");
});

Deno.test("PortTable agrees with a set of holds", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("listen" as const), port: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      kind: fc.constant("child" as const),
      port: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ kind: fc.constant("release" as const), which: fc.nat() }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const ports = new PortTable<number>();
    const holds: { name: string; port: number; release(): void }[] = [];
    const has = (name: string) => holds.some((hold) => hold.name === name);
    for (const at of steps) {
      if (at.kind === "release") {
        holds.splice(at.which % (holds.length + 1), 1)[0]?.release();
      } else {
        const name = at.kind === "listen" ? `${at.port}` : `child of ${at.port}`;
        const free = at.kind === "listen" ? !holds.some(({ port }) => port === at.port) : has(`${at.port}`);
        const take = () => at.kind === "listen" ? ports.listen(at.port, 0) : ports.child(at.port);
        if (free) holds.push({ name, port: at.port, release: take().release });
        else throws(take);
      }
      strictEqual(ports.size, new Set(holds.map(({ port }) => port)).size);
    }
  }));
});
