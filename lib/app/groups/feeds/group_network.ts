/**
 * What groups need of a network.
 *
 * @module
 */
import type { Addr } from "../../../dmsg/addr.ts";
import { NetworkError } from "../../../wire/errors.ts";
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Duplex } from "../../../wire/machine.ts";

/** A stream; the other end's key is authenticated. */
export type GroupStream = Duplex & { readonly remote: Addr };

/** Carries streams. */
export interface GroupNetwork {
  /** Opens a stream. */
  dial(to: Addr, signal?: AbortSignal): Promise<GroupStream>;
  /** Takes streams to a port. @throws When the port is taken. */
  listen(port: number): { accept(): Promise<GroupStream | null>; close(): void };
}

/** The error of a peer that took too long. */
export const late = (pk: PublicKeyHex): NetworkError =>
  new NetworkError(`${pk.slice(0, 8)}… did not answer in time`, { retry: true, reason: "timeout" });
