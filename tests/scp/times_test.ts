/** Times that are kept, those before 1970 among them. */
import { deepStrictEqual } from "node:assert/strict";
import { sha256Stream } from "../../lib/crypto/digest.ts";
import { pull, push as pushOne } from "../../lib/scp/client.ts";
import { timeIn, timesOf } from "../../lib/scp/extended/frames.ts";
import { list } from "../../lib/scp/many.ts";
import { pullMany, type SmallFile } from "../../lib/scp/many_pull.ts";
import { resumePart } from "../../lib/sys/copies/part_file.ts";
import { openSeekable } from "../../lib/sys/copies/source_file.ts";
import { options, push, source, staged } from "./many_stage.ts";

/** In 1958, and to the millisecond. */
const OLD_MS = -378_000_000_123;

Deno.test("A time before 1970 is kept, and who knows nothing of such ones takes it for 1970", () => {
  for (const ms of [OLD_MS, -1, 0, 1, 1_700_000_000_123]) deepStrictEqual(timeIn(timesOf(ms)), ms);
  deepStrictEqual(timesOf(OLD_MS), { mtime: 0, past: 378_000_000_123 });
  deepStrictEqual([-0.5, 1.9, NaN].map((ms) => timesOf(ms)), [{ mtime: 0 }, { mtime: 1 }, { mtime: 0 }]);
  deepStrictEqual(timeIn({}), undefined);
});

Deno.test("Files and directories from before 1970 keep their times both ways", async () => {
  await staged(async ({ root, dial }) => {
    const keep = { mode: 0o750, mtimeMs: OLD_MS };
    await push(dial().near, [source("small", "s", OLD_MS), { path: "dir", keep }]);
    const timeAt = (path: string): number | undefined => Deno.statSync(path).mtime?.getTime();
    deepStrictEqual([timeAt(`${root}/small`), timeAt(`${root}/dir`)], [OLD_MS, OLD_MS]);
    const listed = (await list(dial().near, ".", options)).map(({ name, mtimeMs }) => [name, mtimeMs]);
    deepStrictEqual(listed, [["dir", OLD_MS], ["small", OLD_MS]]);
    const pulled: (number | undefined)[] = [];
    await pullMany(dial().near, ["small"], options, (_, file: SmallFile | Error) => {
      pulled.push((file as SmallFile).mtimeMs);
      return Promise.resolve();
    });
    deepStrictEqual(pulled, [OLD_MS]);
    const one = { ...options, digest: sha256Stream, extended: true, keepTime: true };
    const file = (await openSeekable(`${root}/small`, sha256Stream))!;
    await pushOne(dial().near, file, { ...one, path: "copy" });
    file.close();
    await pull(dial().near, () => Promise.reject(new Error("classic")), {
      ...one,
      path: "copy",
      resume: ({ token }) => resumePart(root, "back", token),
    });
    deepStrictEqual([timeAt(`${root}/copy`), timeAt(`${root}/back`)], [OLD_MS, OLD_MS]);
  });
});
