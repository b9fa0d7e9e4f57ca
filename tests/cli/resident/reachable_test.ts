import { deepStrictEqual, rejects } from "node:assert/strict";
import { reachable } from "../../../cli/resident/reachable.ts";

/** An App that is registered or not, and whose network events a test makes. */
function fakeApp(registered: boolean) {
  const pending: unknown[] = [];
  let wake = (): void => {};
  async function* follow() {
    for (;;) {
      while (pending.length > 0) yield pending.shift();
      await new Promise<void>((resolve) => wake = resolve);
    }
  }
  const app = {
    events: { follow, cursor: () => Promise.resolve(0) },
    node: { status: () => Promise.resolve({ registered }) },
  };
  const tell = (name: string, detail: unknown = {}): void => {
    pending.push({ kind: "network", name, detail });
    wake();
  };
  return { app: app as unknown as Parameters<typeof reachable>[1], tell };
}

/** So that events are read, and a rejection that nobody handles is told. */
const pass = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

Deno.test("A network problem behind the beginning ends nobody, whether it was registered at once or later", async () => {
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  try {
    for (const atOnce of [true, false]) {
      const { app, tell } = fakeApp(atOnce);
      const problems: string[] = [];
      const ready = reachable({ signal: new AbortController().signal }, app, (error) => problems.push(error));
      if (!atOnce) tell("registered");
      await ready;
      for (const error of ["gone", "still gone"]) tell("problem", { error });
      await pass();
      deepStrictEqual([problems, unhandled], [["gone", "still gone"], []]);
    }
  } finally {
    removeEventListener("unhandledrejection", note);
  }
});

Deno.test("A first registration that fails is told to who waits for it", async () => {
  const { app, tell } = fakeApp(false);
  const ready = reachable({ signal: new AbortController().signal }, app);
  tell("problem", { error: "no server" });
  await rejects(ready, /^NetworkError: no server$/);
});
