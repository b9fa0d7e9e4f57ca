/** What a repeat of a request says of itself: admins of ours answer it from what they keep, Go admins ask their user. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { readOneFrame } from "../../../lib/app/groups/admission.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { encodeJoinResponse, joinResponse, readJoinRequest } from "../../../lib/group/admission.ts";
import { encodeInvite } from "../../../lib/group/invite.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const MALLORY = pairOf("mallory").pk;
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const PORT = 61_234;
const LINK = encodeInvite({
  id: GROUP,
  name: "ops",
  ownerPk: MALLORY,
  port: PORT,
  mode: "private",
  kind: "private",
  admins: [],
  powBits: 0,
  aesKey: new Uint8Array(0),
});

class World extends GroupWorld {
  /** An admin's door. @param answer  Status and reason, from now on. @returns What was asked with, so far. */
  door(answer: () => [status: "pending" | "denied", reason: string]): boolean[] {
    const listener = this.hub.client(MALLORY).listen(PORT + 1);
    const asked: boolean[] = [];
    const serve = async (): Promise<void> => {
      for await (const stream of listener) {
        asked.push(readJoinRequest((await readOneFrame(stream))!)!.askAgain);
        const [status, reason] = answer();
        await stream.write(
          encodeChatFrame(encodeJoinResponse({ ...joinResponse(GROUP, status), reason })),
        );
        await stream.closeWrite();
      }
    };
    const served = serve();
    this.atEnd(async () => {
      listener.close();
      await served;
    });
    return asked;
  }
}

const test = worldTests(World);

test("Repeats tell a Go admin of no wish, so that its no holds; who joins again after it does", async (world) => {
  let status: "pending" | "denied" = "pending";
  const asked = world.door(() => [status, status === "pending" ? "awaiting admin approval" : "declined"]);
  const alice = await world.member("alice");
  const join = () => world.done(alice.groups.join({ link: LINK }));
  deepStrictEqual((await join()).status, "awaiting_approval");
  await world.pass(65_000);
  deepStrictEqual(asked.splice(0), [false, false, false]);
  status = "denied";
  await world.pass(65_000);
  deepStrictEqual([asked.splice(0), (await alice.groups.list())[0].status], [[false], "denied"]);
  await rejects(join());
  deepStrictEqual(asked.splice(0), [true]);
  status = "pending";
  deepStrictEqual((await join()).status, "awaiting_approval");
  await world.pass(65_000);
  deepStrictEqual(asked, [true, false, false]);
});

test("Repeats say that they are to an admin that gives no reason why one waits", async (world) => {
  const asked = world.door(() => ["pending", ""]);
  const alice = await world.member("alice");
  await world.done(alice.groups.join({ link: LINK }));
  await world.pass(65_000);
  deepStrictEqual(asked, [false, true, true]);
});
