/** One walk through the UI, picture by picture: the golden screens of the tests, and the picture in README.md. */
import type { IssuedInvite } from "../../lib/app/groups/groups.ts";
import { ALICE, BOB, CAROL, minutes, NOON_MS, OWN, Stage } from "./stage.ts";

/** A picture and its name. */
export interface Picture {
  readonly name: string;
  readonly rows: readonly string[];
}

/** A world with three people and some past. */
export function newWorld(columns: number, rows: number): Stage {
  const stage = new Stage(columns, rows);
  stage.nowMs = NOON_MS - minutes(60 * 26);
  stage.keep(ALICE, { text: "Are you there?" });
  stage.keep(ALICE, {
    text: "Yes, since this morning. The new node runs on the Pi and answers pings.",
    outgoing: true,
    state: "read",
  });
  stage.readTo.set(ALICE, 2);
  stage.nowMs = NOON_MS - minutes(50);
  stage.keep(ALICE, {
    text: "Good. Backups went through:\nhttps://example.org/reports/2026-11-27?full=1 👍",
  });
  stage.keep(ALICE, { text: "and the second one, too", replyTo: "0000000000000002" });
  stage.nowMs = NOON_MS - minutes(30);
  stage.keep(BOB, { text: "日本語のテキスト 👍🏽 and שלום" });
  stage.keep(CAROL, { text: "hi, you do not know me" });
  stage.nowMs = NOON_MS;
  stage.begin();
  return stage;
}

const LINK = `dmsg:invite:${"AQIBABEiM0RVZneImaq7zN3u".repeat(8)}`;
const ISSUED: IssuedInvite = {
  id: "3f2a9c01".padEnd(32, "0"),
  inviter: OWN,
  issued: "2026-11-27T13:00:00Z",
  expires: "2026-11-29T13:00:00Z",
  uses: 3,
  used: [{ pk: BOB, by: OWN, ts: "2026-11-27T13:30:00Z" }],
  atMost: 3,
  onlyInviter: true,
  state: "open",
  link: LINK,
};

/** The walk. At `turns` the screen has another size for a moment, which must leave no trace. */
export function walk(columns: number, rows: number): Picture[] {
  const stage = newWorld(columns, rows);
  const pictures: Picture[] = [];
  const take = (name: string): void => {
    const other = { columns: columns === 40 ? 90 : 40, rows: rows === 12 ? 30 : 12 };
    stage.resize(other.columns, other.rows);
    stage.resize(columns, rows);
    pictures.push({ name, rows: stage.screen });
  };
  take("picker");
  stage.type("ali");
  take("picker, filtered");
  stage.type("\r");
  take("conversation, opened at what is unread");
  stage.type("I saw it, thank you :tada");
  stage.type("\t");
  stage.type("\x1b\rsecond line");
  take("two lines written");
  stage.type("\r");
  take("sent, not acknowledged");
  stage.state(ALICE, 5, "received");
  stage.receive(ALICE, { text: "you are welcome" });
  take("acknowledged, and an answer");
  stage.problem("Cannot reach the discovery: connection refused", 64_000);
  stage.type("are you still there?\r");
  stage.state(ALICE, 7, "pending", "no discovery answered");
  take("no network: it waits");
  stage.type("\x1b[1;3A\x1b[A");
  take("a message chosen");
  stage.type("i");
  take("who has it");
  stage.type("\x1b");
  stage.type("r");
  stage.type("which one?");
  take("an answer written");
  stage.type("\x1b");
  stage.type("\x15/");
  take("palette");
  stage.type("search");
  take("palette, filtered");
  stage.type(" Pi\r");
  take("found");
  stage.type("\r");
  take("the found message");
  stage.type("\x1b");
  stage.type("\x1b");
  stage.type("\x1b");
  stage.type("A");
  take("requests");
  stage.type("\x1b");
  stage.type("P");
  take("person");
  stage.type("\x1b");
  stage.type("I");
  stage.tell({ kind: "invite", link: LINK, withKey: false, qr: [], issued: [ISSUED] });
  take("an invite to us");
  stage.type("\x1b");
  stage.type("?");
  take("help");
  return pictures;
}

/** The sizes that are kept. */
export const SIZES: readonly (readonly [columns: number, rows: number])[] = [[80, 24], [60, 20], [40, 12], [
  200,
  50,
]];

/** Pictures as the text of a file: each row begins with `|`. */
export const asText = (pictures: readonly Picture[]): string =>
  pictures.map(({ name, rows }) => `== ${name}\n${rows.map((row) => `|${row}\n`).join("")}`).join("\n");
