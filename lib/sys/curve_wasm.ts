/**
 * The bytes of libsecp256k1 as WebAssembly: from its package, or beside the release.
 *
 * @module
 */

/**
 * Reads them; needs the permission to read.
 * @returns 290 KiB.
 * @throws {Deno.errors.NotFound} The package is not there.
 */
export function curveWasm(): Uint8Array<ArrayBuffer> {
  // `scripts/bundle.ts` puts the name of the file here that lies beside the release's others.
  const beside: string = "@secp256k1.wasm@";
  return Deno.readFileSync(beside.startsWith("@") ? curveWasmUrl() : new URL(beside, import.meta.url));
}

/** Where the package has them: not among its exports, but beside one of them. */
export const curveWasmUrl = (): URL =>
  new URL("secp256k1.wasm", import.meta.resolve("@solar-republic/wasm-secp256k1/headless"));
