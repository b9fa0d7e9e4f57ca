/**
 * Opens the curve: libsecp256k1, or noble where there is no WebAssembly.
 *
 * @module
 */
import type { Curve } from "./curve.ts";

let opening: Promise<Curve> | undefined;

/**
 * Opens the curve, once. Compiling takes 6 ms beside the caller's own work: a command that will need the curve calls
 * this first and goes on loading.
 */
export const openCurve = (): Promise<Curve> => opening ??= open();

async function open(): Promise<Curve> {
  try {
    return await (await import("./wasm_curve.ts")).openWasmCurve();
  } catch {
    // A runtime without WebAssembly: three times slower, not wrong.
    return (await import("./noble_curve.ts")).nobleCurve;
  }
}
