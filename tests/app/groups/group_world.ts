/**
 * Groups of whole apps, over a network in memory.
 *
 * @module
 */
import { isNotice } from "../../../lib/app/groups/room/notices.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { generateKeyPair, type KeyPair } from "../../../lib/crypto/keys.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import { diskFull } from "../../fakes/faulty_store.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ChatWorld } from "../chat_world.ts";

/** Keys that are the same in every run. */
export const pairOf = (name: string): KeyPair => generateKeyPair(seededRandom(`key ${name}`));

/** A founder, and others who come in. */
export class GroupWorld extends ChatWorld {
  member(
    name: string,
    rows: MemoryRows = emptyRows(),
    place: (under: Place) => Place = (same) => same,
  ): Promise<LocalApp> {
    return this.open(name, { own: pairOf(name), resident: true, rows, place });
  }

  /** A founder's group and those who came in by its link. */
  async group(
    kind: "public" | "private" | "channel",
    ...names: string[]
  ): Promise<{ group: string; apps: LocalApp[] }> {
    const founder = await this.member("alice");
    const { group, invite } = await this.done(founder.groups.create({ name: "ops", kind, join: "link" }));
    const apps = [founder];
    for (const name of names) {
      const app = await this.member(name);
      await this.done(app.groups.join({ link: invite }));
      apps.push(app);
    }
    await this.pass(5_000);
    return { group, apps };
  }

  /** What somebody has said, and is there. */
  async texts(app: LocalApp, group: string): Promise<string[]> {
    const messages = await this.done(app.messages.history({ peer: group, limit: 1000 }));
    return messages.filter((message) => message.state !== "deleted" && !isNotice(message))
      .map(({ text }) => text).sort();
  }
}

/** A disk that fails when it is told to. */
export class FailingPlace {
  /** What it does with a write. */
  does: "works" | "fails" | "loses the answer" = "works";
  /** Whether rows can be read by their keys. */
  reads = true;

  /** On another one. */
  around(place: Place): Place {
    return {
      name: place.name,
      read: async (keys) => {
        if (!this.reads) throw new Error("The disk can't be read");
        return await place.read(keys);
      },
      stamped: (key) => place.stamped(key),
      list: (range, options) => place.list(range, options),
      close: () => place.close(),
      write: async (writes, guard) => {
        if (this.does === "fails") throw diskFull();
        const written = await place.write(writes, guard);
        if (this.does === "loses the answer") throw diskFull();
        return written;
      },
    };
  }
}
