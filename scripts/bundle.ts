// deno task bundle [file]
/**
 * The program as one minified file. The same sources give the same bytes, wherever they lie.
 *
 * @module
 */
import { runDeno, sha256 } from "./release.ts";

/** A bundle that was written. */
export interface Bundle {
  /** Where it is. */
  readonly path: string;
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 as hex. */
  readonly hash: string;
}

/** Writes the bundle; makes its directory. */
export async function bundle(path: string): Promise<Bundle> {
  await runDeno(["bundle", "--quiet", "--minify", "--output", path, "main.ts"]);
  const bytes = await Deno.readFile(path);
  return { path, bytes, hash: await sha256(bytes) };
}

if (import.meta.main) {
  const { path, bytes, hash } = await bundle(Deno.args[0] ?? "dist/dmsg.mjs");
  console.log(`${hash}  ${path}  ${bytes.length} bytes`);
}
