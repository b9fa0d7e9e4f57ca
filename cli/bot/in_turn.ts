/**
 * A value that is published by a command that ends: it waits for its turn as long as anybody waits, not for hours.
 *
 * @see lib/app/overlays/pacing.ts
 * @module
 */
import type { PublishReport, Saying } from "../../lib/app/overlays/changes.ts";
import type { Overlays, WidgetUpdate } from "../../lib/app/overlays/overlays.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { INTERVAL_MS } from "../../lib/overlay/pace.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";

/** What has not gone by then may be waiting for its turn. */
const LOOK_MS = 1000;
/** Most widgets of a conversation that are looked through. */
export const MANY = 1000;

/** What the value is published with. */
export interface InTurn {
  /** Ours: other bots' widgets have turns of their own. */
  readonly pk: PublicKeyHex;
  /** Where it is published. */
  readonly overlays: Overlays;
}

/**
 * Publishes a value.
 * @returns What became of it.
 * @throws {UserError} busy: its turn comes later than `waitMs` from now, and than where nobody has set a pace.
 */
export async function publishInTurn(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  { pk, overlays }: InTurn,
  request: Saying & { readonly widget: WidgetUpdate },
): Promise<PublishReport> {
  const { conversation, waitMs, widget } = request;
  const late = new AbortController();
  const nowMs = (): number => Number(clock.wallNs() / 1_000_000n);
  const startMs = nowMs();
  const look = async (): Promise<void> => {
    const [{ intervalMs }, { rows }] = await Promise.all([
      overlays.pace({ conversation }),
      overlays.widgets({ conversation, limit: MANY }),
    ]);
    const last = rows.find(({ bot, id }) => bot === pk && id === widget.id);
    const lastMs = last === undefined ? 0 : Date.parse(last.ts);
    const leftMs = lastMs + intervalMs - nowMs();
    if (lastMs < startMs && leftMs > Math.max(waitMs, INTERVAL_MS)) late.abort(tooSoon(intervalMs, leftMs));
  };
  const cancel = clock.after(LOOK_MS, () => void look().catch(() => {})); // what is wrong is told by the other call
  try {
    return await overlays.publish(request, AbortSignal.any([signal, late.signal]));
  } finally {
    cancel();
  }
}

const tooSoon = (intervalMs: number, leftMs: number): UserError =>
  new UserError(`This conversation takes a value of a widget every ${intervalMs / 1000} s`, {
    kind: "busy",
    hint: `The next one can go in ${Math.ceil(leftMs / 1000)} s; \`dmsg bot pace\` shows and sets it.`,
  });
