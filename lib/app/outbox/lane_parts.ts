/**
 * What the messages to one peer are sent with.
 *
 * @module
 */
import type { Next } from "../../chat/outbox.ts";
import type { Random } from "../../sys/random.ts";
import type { AttemptParts } from "./attempt.ts";

/** What a lane works with. */
export interface LaneParts extends AttemptParts {
  /** Jitter. */
  readonly random: Random;
  /** The store failed. Must not throw. */
  readonly onProblem: (error: Error) => void;
  /** An attempt has its outcome. */
  readonly onOutcome: (next: Next) => void;
  /** The lane stands still. */
  readonly onIdle: () => void;
}
