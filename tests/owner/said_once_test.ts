/** A message to a group whose owner ends in the middle: asked again, it is named as before. */
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { Claimed, Role } from "../../lib/owner/claim.ts";
import { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { OwnerGone } from "../../lib/owner/rpc/errors.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { PK } from "./fake_app.ts";
import { clock, never, random } from "./support.ts";

const ACTS = ["unsend", "decide", "rotateKey", "revokeHistory", "issueInvite", "revokeInvite"] as const;

interface Asked {
  readonly method: string;
  readonly key: string | undefined;
}

/** An App that is asked, and ends under the first `ends` questions. */
function claimed(role: Role, asked: Asked[], ends: number): Claimed {
  const method = (method: string) => ({ key }: { key?: string }) => {
    asked.push({ method, key });
    return ends-- > 0 ? Promise.reject(new OwnerGone()) : Promise.resolve(method);
  };
  const names = ["changeList", "changeBoard", "changePoll", "publish", "sendInvite"];
  const app = {
    pk: PK,
    closed: new Promise<void>(() => {}),
    groups: Object.fromEntries([...ACTS, "send", "create"].map((name) => [name, method(name)])),
    pairs: { send: method("pair send") },
    overlays: Object.fromEntries(names.map((name) => [name, method(name)])),
  } as unknown as App;
  return { app, role, release: () => Promise.resolve() };
}

const kept = (first: Claimed, next: Claimed): KeptApp =>
  new KeptApp(
    {
      pk: PK,
      paths: undefined,
      command: "group",
      resident: false,
      open: () => Promise.reject(new Error("not here")),
      clock,
      random,
      signal: never,
    },
    first,
    () => Promise.resolve(next),
  );

Deno.test("What a client says and does in a group or an overlay has one key for all owners", async () => {
  const saying = { conversation: PK, waitMs: 0, change: {} as never, widget: {} as never };
  const says: Record<string, (app: KeptApp) => Promise<unknown>> = {
    send: (app) => app.groups.send({ group: "ops", text: "hello", waitMs: 0 }),
    changeList: (app) => app.overlays.changeList(saying),
    changeBoard: (app) => app.overlays.changeBoard(saying),
    changePoll: (app) => app.overlays.changePoll(saying),
    publish: (app) => app.overlays.publish(saying),
    sendInvite: (app) => app.overlays.sendInvite(saying),
    ...Object.fromEntries(ACTS.map((name) => [name, (app) => app.groups[name]({ group: "ops" } as never)])),
  };
  for (const [name, say] of Object.entries(says)) {
    const asked: Asked[] = [];
    const app = kept(claimed("client", asked, 1), claimed("alone", asked, 0));
    strictEqual(await say(app), name);
    deepStrictEqual(asked.map(({ method }) => method), [name, name]);
    match(asked[0].key!, /^[0-9a-f]{32}$/);
    strictEqual(asked[1].key, asked[0].key);
    await app.close();
  }
});

Deno.test("What has no key is asked of one owner, and its end is told", async () => {
  const says: ((app: KeptApp) => Promise<unknown>)[] = [
    (app) => app.groups.create({ name: "ops", kind: "private", join: "link" }),
    (app) => app.pairs.send({ peer: PK, text: "hello", waitMs: 0 }),
  ];
  for (const say of says) {
    const asked: Asked[] = [];
    const app = kept(claimed("client", asked, 1), claimed("client", asked, 0));
    await rejects(say(app), { name: "NetworkError", message: /ended before it answered/ });
    strictEqual(asked.length, 1);
    await app.close();
  }
});

Deno.test("What a second owner finds nothing to do for is told as what the first one may have done", async () => {
  const refusing = (): Claimed => {
    const cancel = () =>
      Promise.reject(new UserError("Nothing of it waits", { kind: "usage", hint: "Look." }));
    const asked = claimed("alone", [], 0);
    return { ...asked, app: { ...asked.app, outbox: { cancel } } as unknown as App };
  };
  const ending = claimed("client", [], 1);
  const app = kept({
    ...ending,
    app: { ...ending.app, outbox: { cancel: () => Promise.reject(new OwnerGone()) } } as unknown as App,
  }, refusing());
  const cancel = () => app.outbox.cancel({ peer: PK, position: 1 });
  await rejects(cancel(), {
    name: "UserError",
    kind: "usage",
    hint: "Look.",
    message:
      "The process that owned this identity ended before it answered, and may have done it; Nothing of it waits",
  });
  await rejects(cancel(), { message: "Nothing of it waits" });
  await app.close();
});

Deno.test("A key of the caller's stays; one that is said in this process needs none", async () => {
  const asked: Asked[] = [];
  const client = kept(claimed("client", asked, 1), claimed("client", asked, 0));
  await client.groups.send({ group: "ops", text: "hello", waitMs: 0, key: "mine" });
  await client.close();
  const alone = kept(claimed("alone", asked, 0), claimed("alone", asked, 0));
  await alone.groups.send({ group: "ops", text: "hello", waitMs: 0 });
  await alone.close();
  deepStrictEqual(asked.map(({ key }) => key), ["mine", "mine", undefined]);
});
