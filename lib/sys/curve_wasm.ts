/**
 * The bytes of libsecp256k1 as WebAssembly: from its package, or from the release, which carries them.
 *
 * @module
 */

/**
 * Reads them; needs the permission to read when the program runs from source.
 * @returns 290 KiB.
 * @throws {Deno.errors.NotFound} The package is not there.
 */
export function curveWasm(): Uint8Array<ArrayBuffer> {
  // `scripts/bundle.ts` puts the bytes here, as base64. Held by this function alone, which runs once, the runtime
  // drops the text with its code: 390 KiB.
  const embedded: string = "@secp256k1.wasm@";
  if (!embedded.startsWith("@")) return Uint8Array.fromBase64(embedded);
  return Deno.readFileSync(curveWasmUrl());
}

/** Where the package has them: not among its exports, but beside one of them. */
export const curveWasmUrl = (): URL =>
  new URL("secp256k1.wasm", import.meta.resolve("@solar-republic/wasm-secp256k1/headless"));
