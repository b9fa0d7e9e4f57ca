/**
 * Programs for ARM64 on another Linux machine: qemu's user mode, made known to the kernel in namespaces that end with
 * the program, so nothing of the machine changes. Needs Linux 6.7, user namespaces, qemu-user-static and ARM64's C
 * library (Debian: libc6-arm64-cross, libgcc-s1-arm64-cross).
 *
 * @module
 */

/** How a program is started: words to put before it, or why it can't be. */
export type Foreign = { readonly words: readonly string[] } | { readonly missing: string };

const QEMU = ["/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64"];
const LIBRARIES = ["/usr/aarch64-linux-gnu", "/"];
const LOADER = "lib/ld-linux-aarch64.so.1";

/** An ELF file for ARM64: the bytes that count, then which bits of them. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/**
 * Finds out whether ARM64's programs can be started here.
 * @param folder  Gets a `uname` that says what such a machine's says.
 */
export async function arm64(folder: string): Promise<Foreign> {
  const qemu = await first(QEMU);
  if (qemu === undefined) return { missing: "there is no qemu-aarch64-static" };
  const libraries = await first(LIBRARIES.map((top) => `${top}/${LOADER}`));
  if (libraries === undefined) return { missing: "there is no C library for ARM64" };
  await Deno.mkdir(`${folder}/arm64`);
  await Deno.writeTextFile(`${folder}/arm64/uname`, "#!/bin/sh\necho Linux aarch64\n", { mode: 0o755 });
  const script = [
    "mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 9",
    `printf %s ':arm64:M::${MAGIC}:${MASK}:${qemu}:F' > /proc/sys/fs/binfmt_misc/register || exit 9`,
    `QEMU_LD_PREFIX=${libraries.slice(0, -LOADER.length)} PATH=${folder}/arm64:$PATH exec "$@"`,
  ].join("\n");
  const words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
  const trial = new Deno.Command(words[0], { args: [...words.slice(1), "true"], stderr: "null" }).output();
  const works = await trial.then(({ success }) => success, () => false);
  return works ? { words } : { missing: "qemu can't be made known to the kernel in a namespace" };
}

async function first(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}
