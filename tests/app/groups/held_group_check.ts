/** Five members who are never there together, of whom some follow each other at nobody but the holder. */
import { worldTests } from "../chat_world.ts";
import { HeldWorld, neverTogether } from "./held_group.ts";

const test = worldTests(HeldWorld);

for (const keys of [undefined, "d2"] as const) {
  test(`${keys ?? "d1"} group: five who are never there together read each other by its holder`, async (world) => {
    await neverTogether(world, keys, "bob", "carol", "dave", "erin");
  });
}
