/**
 * Why there is no session: a round that has brought none, and a server that could not be asked about.
 *
 * @module
 */
import { NetworkError } from "../../wire/errors.ts";

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

/** The discovery did not say where a server is. That server, and whoever sits on it, may be well. */
export class Unasked extends NetworkError {
  /** It is not known. @param cause  Why the discovery did not say. */
  constructor(cause: NetworkError) {
    super(cause.message, { retry: cause.retry, reason: "no-network", cause });
  }
}
