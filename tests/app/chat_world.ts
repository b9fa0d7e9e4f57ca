/**
 * A hub, a clock that is moved by hand, and apps on them; everything that was opened is closed at the end.
 *
 * @module
 */
import type { LocalApp } from "../../lib/app/local.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { FakeClock } from "../fakes/clock.ts";
import { quiet } from "../fakes/quiet.ts";
import { party, type PartyOptions } from "./local/pair.ts";

/** The world of one test; tests add what they do in it. */
export class ChatWorld {
  readonly hub = new ChatHub();
  readonly clock = new FakeClock();
  readonly #ends: (() => Promise<void> | void)[] = [];

  /** Opens an app. */
  async open(name: string, options: PartyOptions = {}): Promise<LocalApp> {
    const { app } = await this.done(party(this.hub, name, this.clock, options));
    this.atEnd(() => app.close());
    return app;
  }

  /** Does something when the test is over. */
  atEnd(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  /** Moves the clock until a promise is settled. */
  async done<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    promise.then(() => settled = true, () => settled = true);
    for (let turns = 0; !settled; turns++) {
      await quiet();
      if (!settled && turns > 2) await this.clock.advance(100);
    }
    return await promise;
  }

  /** Lets some time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    await quiet();
    for (let nowMs = this.clock.nowMs(); nowMs < endMs; nowMs = this.clock.nowMs()) {
      await this.clock.advance(Math.max(0, Math.min(endMs, this.clock.nextTimerMs ?? endMs) - nowMs));
      await quiet();
    }
  }

  /** Closes everything. */
  async end(): Promise<void> {
    for (const end of this.#ends) await this.done(Promise.resolve(end()));
  }
}

/** Makes tests that run each in a world of its own. */
export const worldTests =
  <W extends ChatWorld>(World: new () => W) => (title: string, run: (world: W) => Promise<void>): void =>
    Deno.test(title, async () => {
      const world = new World();
      try {
        await run(world);
      } finally {
        await world.end();
      }
    });
