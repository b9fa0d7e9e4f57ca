/**
 * libsecp256k1, compiled to WebAssembly: 0.27 ms a DH against noble's 1.
 *
 * @module
 */
import { WasmSecp256k1 } from "@solar-republic/wasm-secp256k1/headless";
import { curveWasm } from "../sys/curve_wasm.ts";
import type { Curve } from "./curve.ts";

/** Additional nonce data that makes a signature depend on digest and secret alone. */
const NO_ENTROPY = new Uint8Array(32);

/**
 * Compiles and instantiates it.
 * @throws {Error} There is no WebAssembly, or its bytes can't be read.
 */
export async function openWasmCurve(): Promise<Curve> {
  const lib = await withoutResponse(() => WasmSecp256k1(curveWasm()));
  return {
    name: "libsecp256k1",
    isSecret: (bytes) => succeeds(() => lib.valid_sk(bytes)),
    isPublic: (bytes) => succeeds(() => lib.reformat_pk(bytes)),
    publicKey: (secret) => lib.sk_to_pk(secret),
    ecdh: (secret, publicKey) => lib.ecdh(secret, publicKey),
    sign(digest, secret) {
      const [rs, recid] = lib.sign(secret, digest, NO_ENTROPY);
      const out = new Uint8Array(65);
      out.set(rs);
      out[64] = recid;
      return out;
    },
    recover(rs, recid, digest) {
      try {
        return lib.recover(rs, digest, recid);
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * The package asks whether it was given a `Response`. The first use of that name loads the runtime's fetch: 3 ms and
 * 1.2 MiB, for bytes that are none.
 */
function withoutResponse<T>(run: () => T): T {
  const lazy = Object.getOwnPropertyDescriptor(globalThis, "Response");
  if (!lazy?.configurable) return run();
  Object.defineProperty(globalThis, "Response", { value: class {}, configurable: true });
  try {
    return run();
  } finally {
    Object.defineProperty(globalThis, "Response", lazy);
  }
}

/** The library throws where it says no. */
function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
