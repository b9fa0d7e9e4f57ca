import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { secretsFile } from "../../lib/app/pairs/secrets.ts";
import { encodeSecrets, readSecrets } from "../../lib/pair/secrets.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { memoryFiles } from "../fakes/files.ts";

const secrets = [1n, 2n, 3n].map((generation) => ({
  peer: `02${"ab".repeat(32)}`,
  generation,
  secret: new Uint8Array(32).fill(Number(generation)),
}));
const TEXT = fromUtf8(encodeSecrets(secrets));

async function generations(text: string): Promise<bigint[] | undefined> {
  const bytes = await secretsFile(memoryFiles({ "/epochs": text }), "/epochs").read();
  return bytes && readSecrets(bytes)?.map(({ generation }) => generation);
}

Deno.test("Secrets of epochs are used as far as their file is whole", async () => {
  deepStrictEqual(await generations(TEXT), [1n, 2n, 3n]);
  deepStrictEqual(await generations(`${TEXT}\ngarbage`), [1n, 2n, 3n]);
  deepStrictEqual(await generations(TEXT.slice(0, -20)), [1n, 2n]);
  for (const nothing of ["", "garbage", TEXT.slice(0, 40)]) {
    strictEqual(await generations(nothing), undefined);
  }
});
