import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { KeptSecrets } from "../../lib/app/kept_secrets.ts";
import { memorySecrets, type SecretsFile, secretsFile } from "../../lib/app/secrets_file.ts";
import { EPOCHS, RATCHETS } from "../../lib/app/secrets_form.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { memoryFiles } from "../fakes/files.ts";

const secrets = [1n, 2n, 3n].map((number) => ({
  name: `02${"ab".repeat(32)}`,
  number,
  secret: new Uint8Array(32).fill(Number(number)),
}));
const TEXT = fromUtf8(EPOCHS.encode(secrets));

async function generations(text: string): Promise<bigint[] | undefined> {
  const bytes = await secretsFile(memoryFiles({ "/epochs": text }), "/epochs").read();
  return bytes && EPOCHS.read(bytes)?.map(({ number }) => number);
}

Deno.test("Secrets of epochs are used as far as their file is whole", async () => {
  deepStrictEqual(await generations(TEXT), [1n, 2n, 3n]);
  deepStrictEqual(await generations(`${TEXT}\ngarbage`), [1n, 2n, 3n]);
  deepStrictEqual(await generations(TEXT.slice(0, -20)), [1n, 2n]);
  for (const nothing of ["", "garbage", TEXT.slice(0, 40)]) {
    strictEqual(await generations(nothing), undefined);
  }
});

Deno.test("One secret that is none takes no other along", async () => {
  const short = EPOCHS.encode(
    secrets.map((one, i) => i === 1 ? { ...one, secret: new Uint8Array(31) } : one),
  );
  deepStrictEqual(await generations(fromUtf8(short)), [1n, 3n]);
});

for (
  const [what, form, name] of [["pairs", EPOCHS, `02${"ab".repeat(32)}`], ["groups", RATCHETS, "a"]] as const
) {
  Deno.test(`Secrets of ${what} are kept by name, and gone from the file when they are erased`, async () => {
    const file = memorySecrets();
    const kept = new KeptSecrets(file, form);
    const secret = (byte: number) => new Uint8Array(32).fill(byte);
    await kept.keep(name, new Map([[1n, secret(1)], [2n, secret(2)]]));
    await kept.keep(name, new Map([[2n, secret(2)]]));
    const again = new KeptSecrets(file, form);
    await again.load();
    deepStrictEqual(again.of(name), new Map([[2n, secret(2)]]));
    await again.keep(name, new Map());
    deepStrictEqual(form.read((await file.read())!), []);
    const before = await file.read();
    await again.keep(name, new Map());
    strictEqual(await file.read(), before, "nothing is written anew for nothing");
  });
}

Deno.test("Secrets that could not be read are read at the next call, and those that could not be erased are erased then", async () => {
  const file = memorySecrets();
  const name = "a";
  await new KeptSecrets(file, RATCHETS).keep(name, new Map([[1n, new Uint8Array(32)]]));
  let fails = true;
  const disk: SecretsFile = {
    read: () => fails ? Promise.reject(new Error("disk")) : file.read(),
    write: (bytes) => fails ? Promise.reject(new Error("disk")) : file.write(bytes),
  };
  const kept = new KeptSecrets(disk, RATCHETS);
  await rejects(kept.load(), /disk/);
  fails = false;
  await kept.load();
  strictEqual(kept.of(name).size, 1);
  fails = true;
  await rejects(kept.keep(name, new Map()), /disk/);
  fails = false;
  await kept.keep(name, new Map());
  deepStrictEqual(RATCHETS.read((await file.read())!), []);
});
