/**
 * The stage as lines say it.
 *
 * @module
 */
import { askedBy } from "../../tui/lines/asked.ts";
import { LINE_COLUMNS, Linear } from "../../tui/lines/linear.ts";
import type { Msg } from "../../tui/state/types.ts";
import { Stage } from "./stage.ts";

/** The stage, spoken. */
export class Spoken extends Stage {
  readonly linear = new Linear();
  said: string[] = [];

  constructor() {
    super(LINE_COLUMNS, 20, { focused: true, isLines: true });
    this.onStep = (before, msg, after) => void this.said.push(...this.linear.lines(before, msg, after));
  }

  /** Types a line; what was said since. */
  line(text: string): string[] {
    const asked = askedBy(this.model, text, this.linear.numbered);
    if (asked !== undefined) this.tell(asked as Omit<Msg, "nowMs"> as never);
    return this.heard();
  }

  heard(): string[] {
    return this.said.splice(0);
  }
}
