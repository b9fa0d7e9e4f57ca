/**
 * An identity that has heard something of alice, by a backup that it takes in.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { type BackupLine, written } from "../../lib/app/backup.ts";
import type { Stage } from "../script/script.ts";

/** Whose messages they are. */
export const ALICE = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

/** A backup of a conversation with her. */
async function* backup(pk: string, bodies: readonly string[]): AsyncGenerator<BackupLine> {
  yield { type: "dmsg-backup", version: 1, pk, ts: "2026-11-28T00:00:00Z" };
  yield { type: "alias", name: "alice", pk: ALICE };
  yield { type: "conversation", peer: ALICE, unread: 0 };
  for (const [i, text] of bodies.entries()) {
    const ts = new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString();
    const how = { outgoing: false, state: "received", via: "dmsg" } as const;
    yield { type: "message", peer: ALICE, position: i + 1, text, ts, ...how };
  }
}

/** Makes the identity of a stage, which has heard these bodies of alice, in this order. */
export async function heard(stage: Stage, bodies: readonly string[]): Promise<void> {
  const run = async (line: string): Promise<string> => {
    const { stdout, stderr, status } = await stage.run(line);
    strictEqual(status, 0, stderr);
    return stdout.trim();
  };
  await run("dmsg id create");
  const file = await Deno.open(`${stage.home}/backup`, { write: true, createNew: true });
  await ReadableStream.from(written(backup(await run("dmsg id"), bodies))).pipeTo(file.writable);
  await run("dmsg import backup");
}
