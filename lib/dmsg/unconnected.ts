/**
 * A round that has brought no session.
 *
 * @module
 */
import { NetworkError } from "../wire/errors.ts";

/** No server took us. */
export class Unconnected extends NetworkError {
  /** An end of a round. @param cause  Why the last server that was tried did not. */
  constructor(cause: Error | undefined) {
    super(
      cause ? `No server could be reached: ${cause.message}` : "The discovery knows no server with room",
      {
        retry: true,
        reason: "no-network",
        cause,
      },
    );
  }
}
