// deno task bundle [file]
/**
 * The program as one minified file. The same sources give the same bytes, wherever they lie.
 *
 * @module
 */
import { curveWasmUrl } from "../lib/sys/curve_wasm.ts";
import { runDeno, sha256 } from "./release.ts";
import { scriptMain } from "./script_main.ts";

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
  const bytes = new TextEncoder().encode(inAscii(await withCurve(await Deno.readTextFile(path))));
  await Deno.writeFile(path, bytes);
  return { path, bytes, hash: await sha256(bytes) };
}

/**
 * The same program in ASCII: with one other letter in it the runtime holds all of its source as two bytes a letter. The
 * bundler writes strings so already, and leaves regular expressions, which take the same escapes.
 */
const inAscii = (code: string): string =>
  code.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Where lib/sys/curve_wasm.ts expects the bytes. */
const PLACE = "@secp256k1.wasm@";

/** A bundle needs no package beside it: what is no JavaScript of one goes in as base64. */
async function withCurve(code: string): Promise<string> {
  const parts = code.split(PLACE);
  if (parts.length !== 2) {
    throw new Error(`the bundle has ${parts.length - 1} places for the curve instead of one`);
  }
  return parts.join((await Deno.readFile(curveWasmUrl())).toBase64());
}

if (import.meta.main) {
  await scriptMain(async () => {
    const { path, bytes, hash } = await bundle(Deno.args[0] ?? "dist/dmsg.mjs");
    console.log(`${hash}  ${path}  ${bytes.length} bytes`);
    return 0;
  });
}
