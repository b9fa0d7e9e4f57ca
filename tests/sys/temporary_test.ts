import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { makeTemporaryDirectory } from "../../lib/sys/files/temporary.ts";
import type { UserError } from "../../lib/wire/errors.ts";

Deno.test({
  name: "A temporary directory is private, and lies in the first place that will do",
  ignore: Deno.build.os === "windows",
  async fn() {
    const top = await Deno.makeTempDir();
    const long = `${top}/${"x".repeat(90)}`;
    await Deno.mkdir(long);
    await Deno.writeTextFile(`${top}/file`, "");
    try {
      const path = await makeTemporaryDirectory("dmsg-", 98, [`${top}/missing`, `${top}/file`, long, top]);
      ok(path.startsWith(`${top}/dmsg-`));
      strictEqual((await Deno.stat(path)).mode! & 0o777, 0o700);
      deepStrictEqual([...Deno.readDirSync(long)], []);
      await rejects(
        makeTemporaryDirectory("dmsg-", 98, [`${top}/missing`, `${top}/file`, long]),
        (error: UserError) => {
          match(
            error.message,
            /missing: No such file[^;]*; .*file: a part of the path is not[^;]*; .*: its path is too long\)$/,
          );
          match(error.hint ?? "", /TMPDIR/);
          return true;
        },
      );
    } finally {
      await Deno.remove(top, { recursive: true });
    }
  },
});
