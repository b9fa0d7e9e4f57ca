import { ok, rejects, strictEqual } from "node:assert/strict";
import { type OpenAt, ParkedFiles } from "../../../cli/scp/many/parked.ts";
import { SharedFiles } from "../../../cli/scp/many/shared.ts";
import { openLocalAt } from "../../../cli/scp/run/files.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";

const digest = await loadSha256();

/** Opens files that hold their names, and counts those that are open. */
function counting(): { open: OpenAt; counts: () => { open: number; most: number } } {
  let now = 0;
  let most = 0;
  return {
    counts: () => ({ open: now, most }),
    open: (path) => {
      most = Math.max(most, ++now);
      let isOpen = true;
      const bytes = new TextEncoder().encode(path);
      return Promise.resolve({
        size: bytes.length,
        mode: 0o600,
        token: path,
        isSame: () => Promise.resolve(isOpen),
        readAt(offset, into) {
          if (!isOpen) return Promise.reject(new Error(`${path} is closed`));
          into.set(bytes.subarray(offset, offset + into.length));
          return Promise.resolve(bytes.length - offset);
        },
        close() {
          ok(isOpen, `${path} is closed twice`);
          isOpen = false;
          now--;
        },
      });
    },
  };
}

Deno.test("A peer that lags a thousand files behind keeps no thousand files open", async () => {
  const { open, counts } = counting();
  const paths = Array.from({ length: 1000 }, (_, i) => `/file/${i}`);
  const files = new SharedFiles(paths, 2, open, digest);
  for (const peer of [0, 1]) {
    for (const [number, path] of paths.entries()) {
      const file = await files.file(peer, number);
      const into = new Uint8Array(100);
      strictEqual(await file.read(into), path.length);
      strictEqual(new TextDecoder().decode(into.subarray(0, path.length)), path);
      strictEqual(await file.isSame(), true);
      files.passed(peer, number);
    }
  }
  files.leave(0);
  files.leave(1);
  await files.close();
  await Promise.resolve();
  const { open: left, most } = counts();
  strictEqual(left, 0);
  ok(most <= 129, `${most} were open`); // one is closed while the next is opened
  strictEqual(files.bytesRead, paths.join("").length);
});

Deno.test("Files that are read by turns are opened again, and all reads at once find theirs open", async () => {
  const { open, counts } = counting();
  const parked = new ParkedFiles(open, 2);
  const files = await Promise.all(["a", "b", "c", "d"].map((path) => parked.open(path)));
  const reads = [0, 1, 2, 3, 0, 0, 3, 1].map(async (at) => {
    const into = new Uint8Array(1);
    await files[at].readAt(0, into);
    return new TextDecoder().decode(into);
  });
  strictEqual((await Promise.all(reads)).join(""), "abcdaadb");
  for (const file of files) file.close();
  await Promise.resolve();
  strictEqual(counts().open, 0);
});

Deno.test("A file that another one took the place of while it was closed is not read on", async () => {
  const top = await Deno.makeTempDir();
  for (const name of ["a", "b"]) await Deno.writeTextFile(`${top}/${name}`, name);
  const parked = new ParkedFiles((path) => openLocalAt(path, digest), 1);
  const a = await parked.open(`${top}/a`);
  const b = await parked.open(`${top}/b`);
  await Deno.writeTextFile(`${top}/new`, "other");
  await Deno.rename(`${top}/new`, `${top}/a`);
  await rejects(a.readAt(0, new Uint8Array(1)), /a changed while it was copied/);
  strictEqual(await a.isSame(), false);
  for (const file of [a, b]) file.close();
  await Deno.remove(top, { recursive: true });
});
