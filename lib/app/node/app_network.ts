/**
 * The part of a dmsg client that an app needs.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Addr } from "../../dmsg/addr.ts";
import type { SessionProof } from "../../dmsg/reach/reach.ts";
import type { TwinView } from "../../dmsg/sessions/twin.ts";
import type { AppListener, AppStream } from "./node.ts";

/** The part of a dmsg client that an app needs. */
export interface AppNetwork {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Keys of the servers that we have a session with. */
  readonly servers: readonly string[];
  /** Opens a stream, as `AppNode.dial`. */
  dial(to: Addr, signal?: AbortSignal, apart?: number): Promise<AppStream>;
  /** Takes streams to a port. */
  listen(port: number): AppListener & AsyncIterable<AppStream>;
  /** As `PeerWatchParts.mark`. */
  mark?(peer: PublicKeyHex): Promise<string | undefined>;
  /** Resets all streams of a peer. */
  drop?(pk: PublicKeyHex): void;
  /** What self-dials have shown of the sessions. */
  readonly proofs?: readonly SessionProof[];
  /** Another live program with our key. */
  readonly twin?: TwinView;
}
