// deno task pack [target …]
/**
 * One self-extracting file for each Linux target, or for those that are named, in dist/: a short shell script
 * (launcher.sh), the bundle's files, and the runtime as the package registry serves it.
 *
 * @module
 */
import { allOf, type Bundle, bundle } from "./bundle.ts";
import { BUNDLE_RUN_ARGS, CHAT_V8_FLAGS, sha256, VERSION } from "./release.ts";
import { complaintOf, ScriptError, scriptMain } from "./script_main.ts";

/** A Linux target and the runtime's package for it. */
export interface PackTarget {
  /** The package with its version. */
  readonly package: string;
  /** SHA-512 of the package's archive, as the registry's `integrity` says it: another archive is refused. */
  readonly integrity: string;
  /** SHA-256 of `package/deno` in it. */
  readonly runtimeHash: string;
  /** What `uname -sm` says. */
  readonly uname: string;
  /** What people call it. */
  readonly machine: string;
}

/** By the end of the file's name. */
export const PACK_TARGETS: Readonly<Record<string, PackTarget>> = {
  "linux-x64": {
    package: "@deno/linux-x64-glibc@2.9.6",
    integrity:
      "sha512-3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
    runtimeHash: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
    uname: "Linux x86_64",
    machine: "x86-64",
  },
  "linux-arm64": {
    package: "@deno/linux-arm64-glibc@2.9.6",
    integrity:
      "sha512-poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
    runtimeHash: "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
    uname: "Linux aarch64",
    machine: "ARM64",
  },
};

/**
 * Fetches the runtime's package with the registry's own client.
 * @returns The archive, exactly as it was pinned.
 * @throws {ScriptError} It can't be fetched, or is another one.
 */
async function fetchPackage(target: PackTarget): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir();
  try {
    const { success, stdout, stderr } = await npm([
      "pack",
      "--json",
      "--pack-destination",
      folder,
      target.package,
    ]);
    if (!success) {
      const complaint = complaintOf(new TextDecoder().decode(stderr));
      throw new ScriptError(
        `Cannot fetch ${target.package}: ${/reason: ([^;]*)/.exec(complaint)?.[1] ?? complaint}`,
        "The runtime comes from the package registry: try again with a network.",
      );
    }
    const [{ filename }] = JSON.parse(new TextDecoder().decode(stdout));
    const archive = await Deno.readFile(`${folder}/${filename.replace("@", "").replace("/", "-")}`);
    await checkIntegrity(archive, target);
    return archive;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function npm(args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("npm", { args }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ScriptError(
      "There is no npm on the PATH",
      "The runtime comes from the package registry: install npm.",
    );
  }
}

/** @throws {ScriptError} The archive is not the pinned one. */
export async function checkIntegrity(archive: Uint8Array<ArrayBuffer>, target: PackTarget): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", archive)).toBase64();
  if (`sha512-${digest}` !== target.integrity) {
    throw new ScriptError(`${target.package} is not the archive whose hash is pinned in scripts/pack.ts`);
  }
}

/** The self-extracting file. Pure: the same bundle and archive give the same bytes. */
export async function packed(
  template: string,
  target: PackTarget,
  { files, hash }: Pick<Bundle, "files" | "hash">,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Blob> {
  const bytes = allOf(files);
  const lines = await Promise.all(
    files.map(async ({ name, bytes }) => `  piece ${name} ${bytes.length} ${await sha256(bytes)}`),
  );
  const words: Record<string, string> = {
    VERSION,
    MACHINE: target.machine,
    UNAME: target.uname,
    BUNDLE_HASH: hash,
    BUNDLE_PIECES: lines.join("\n"),
    BUNDLE_NAMES: files.map(({ name }) => name).join(" "),
    RUNTIME_HASH: target.runtimeHash,
    DIRECTORY: (await sha256(new TextEncoder().encode(hash + target.runtimeHash))).slice(0, 16),
    BUNDLE_BYTES: String(bytes.length),
    RUN_ARGS: BUNDLE_RUN_ARGS.join(" "),
    CHAT_FLAGS: CHAT_V8_FLAGS,
  };
  // The offsets stand in the script whose length they count: a few rounds until they fit.
  let script = "";
  for (let length = -1; length !== script.length;) {
    length = script.length;
    const all: Record<string, string> = {
      ...words,
      BUNDLE_FROM: String(length + 1),
      PACKAGE_FROM: String(length + bytes.length + 1),
    };
    script = template.replace(/@([A-Z_]+)@/g, (_, name) => all[name]);
  }
  return new Blob([script, bytes, archive]);
}

/** Writes the file for a target; it may be run. */
export async function pack(name: string, made: Bundle, output: string): Promise<void> {
  const target = PACK_TARGETS[name];
  const template = await Deno.readTextFile(new URL("launcher.sh", import.meta.url));
  const file = await packed(template, target, made, await fetchPackage(target));
  await Deno.writeFile(output, file.stream(), { mode: 0o755 });
}

async function main(wanted: readonly string[]): Promise<number> {
  for (const name of wanted) {
    if (Object.hasOwn(PACK_TARGETS, name)) continue;
    console.error(`There is no target "${name}"; there are: ${Object.keys(PACK_TARGETS).join(", ")}`);
    return 2;
  }
  const made = await bundle("dist/dmsg.mjs");
  console.log(`${made.hash}  ${made.path}`);
  for (const name of wanted) {
    const output = `dist/dmsg-${VERSION}-${name}`;
    await pack(name, made, output);
    console.log(`${await sha256(await Deno.readFile(output))}  ${output}`);
  }
  return 0;
}

if (import.meta.main) {
  await scriptMain(() => main(Deno.args.length > 0 ? Deno.args : Object.keys(PACK_TARGETS)));
}
