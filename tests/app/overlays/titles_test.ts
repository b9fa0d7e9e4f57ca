import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { KeptTitles, renamedIn } from "../../../lib/app/overlays/kept_titles.ts";
import { type Title, type Titles, TITLES_FILE, titlesFile } from "../../../lib/app/overlays/titles_file.ts";
import { encodeOverlay, LIST } from "../../../lib/overlay/frame.ts";
import type { Change } from "../../../lib/store/store.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { memoryFiles } from "../../fakes/files.ts";
import { seededRandom } from "../../fakes/random.ts";

const ALICE = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const title = (text: string): Title => ({ kind: "list", id: "ab".repeat(8), text });
const fileIn = (files: ReturnType<typeof memoryFiles>, secret = 7) =>
  titlesFile({
    files,
    path: TITLES_FILE,
    secret: new Uint8Array(32).fill(secret),
    random: seededRandom("titles"),
  });

Deno.test("Titles are sealed, and open for their identity alone", async () => {
  const files = memoryFiles({});
  await fileIn(files).write(new Map([[ALICE, [title("Shopping")]]]));
  const bytes = (await files.read(TITLES_FILE, 1000))!;
  strictEqual(new TextDecoder().decode(bytes).includes("Shopping"), false);
  deepStrictEqual([...await fileIn(files).read()], [[ALICE, [title("Shopping")]]]);
  deepStrictEqual([...await fileIn(files, 8).read()], []);
  bytes[20] ^= 1;
  await files.replacePrivate(TITLES_FILE, bytes);
  deepStrictEqual([...await fileIn(files).read()], []);
});

Deno.test("Titles of many conversations stay within the file: those that changed last are kept", async () => {
  const files = memoryFiles({});
  const long = Array.from({ length: 500 }, (_, i) => title(`${i} ${"x".repeat(56)}`));
  const many = new Map(Array.from({ length: 60 }, (_, i) => [`conversation ${i}`, long]));
  await fileIn(files).write(many);
  const kept = [...(await fileIn(files).read()).keys()];
  deepStrictEqual(kept, [...many.keys()].slice(0, kept.length));
  strictEqual(kept.length > 10 && kept.length <= 50, true);
  await fileIn(files).write(new Map([[ALICE, []]]));
  strictEqual(await files.info(TITLES_FILE), undefined);
});

Deno.test("Titles are written a second behind a change, once for many, and at the end", async () => {
  const clock = new FakeClock();
  const written: Titles[] = [];
  const now = new Map([["a", [title("one")]], ["b", [title("two")]]]);
  const titles = new KeptTitles({
    clock,
    titles: (conversation) => Promise.resolve(now.get(conversation) ?? []),
    file: {
      read: () => Promise.resolve(new Map()),
      write: (all) => Promise.resolve(void written.push(new Map(all))),
    },
  });
  for (const conversation of ["a", "b", "a", "b"]) titles.changed(conversation);
  await settle();
  strictEqual(written.length, 0);
  await clock.advance(1000);
  deepStrictEqual(written.map((all) => [...all.keys()]), [["b", "a"]]);
  titles.changed("a"); // nothing of it is called otherwise
  await clock.advance(1000);
  strictEqual(written.length, 1);
  now.set("a", []);
  titles.changed("a");
  await titles.close();
  deepStrictEqual(written.map((all) => [...all.entries()]).at(-1), [["a", []], ["b", [title("two")]]]);
});

Deno.test("Messages that name nothing change no titles", () => {
  const message = (body: string): Change => ({
    kind: "message",
    message: { peer: ALICE, direction: "in", body, atNs: 0n, state: "received", form: "text", via: "dmsg" },
  });
  const frame = encodeOverlay({
    overlay: LIST,
    data: '{"n":"Shopping"}',
    fallback: "made Shopping",
    extra: {},
  });
  deepStrictEqual(renamedIn([message("hello"), message(frame)]), [ALICE]);
  deepStrictEqual(renamedIn([message("{not a frame}"), { kind: "read", peer: ALICE, position: 1 }]), []);
});
