/**
 * SHA-256 over many pieces.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../wire/bytes.ts";

/** A digest that grows. */
export interface Digest {
  /** Takes the next piece. */
  add(bytes: Uint8Array): void;
  /** Of all of it, 64 hex characters. Nothing can be added any more. */
  hex(): string;
}

/** A fresh SHA-256. */
export function sha256Stream(): Digest {
  const state = sha256.create();
  let text: string | undefined;
  return {
    add: (bytes) => void state.update(bytes),
    hex: () => text ??= toHex(state.digest()),
  };
}

/**
 * Loads the system's SHA-256, eight times as fast: for what is long.
 * @returns Makes fresh digests.
 */
export async function loadSha256(): Promise<() => Digest> {
  const { createHash } = await import("node:crypto");
  return () => {
    const state = createHash("sha256");
    let text: string | undefined;
    return {
      add: (bytes) => void state.update(bytes),
      hex: () => text ??= state.digest("hex"),
    };
  };
}
