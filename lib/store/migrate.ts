/**
 * From the layout that a place has to the one that this program writes, in numbered steps. Each step and its number
 * are one atomic write, so a crash leaves the step before or the step after.
 *
 *     format row   u32 version ‖ sealed sentinel, which opens for the right identity only
 *
 * @module
 */
import { storageError } from "../sys/storage_error.ts";
import { concat, readU32, utf8, writeU32 } from "../wire/bytes.ts";
import { UserError } from "../wire/errors.ts";
import { damaged, otherWriter } from "./errors.ts";
import type { Place, Write } from "./place/place.ts";
import type { Seal } from "./place/sealed.ts";
import type { Vault } from "./place/vault.ts";
import { FORMAT_KEY, HEAD_KEY } from "./rows/keys.ts";
import { encodeRecord, firstHead } from "./rows/records.ts";

const SENTINEL = utf8("dmsg store");

/** Plans what turns one version into the next. A step that is too large for one write has to be cut into several. */
export type Step = (vault: Vault, nowNs: bigint) => Promise<Write[]>;

/** The step at index n makes version n + 1. Steps are never changed once released; new ones come at the end. */
export const STEPS: readonly Step[] = [
  // 1: an empty store.
  (vault, nowNs) => vault.sealed(HEAD_KEY, encodeRecord(firstHead(nowNs))),
  // 2: rows of several events, and the head tells how far the journal is written. What lies there stays as it is.
  () => Promise.resolve([]),
  // 3: rows of several ids, and conversations that know their newest page. What lies there stays as it is.
  () => Promise.resolve([]),
];

/**
 * Brings a place to the newest version.
 * @throws {UserError} local: written by a newer program, for another identity, or damaged.
 */
export async function migrate(
  vault: Vault,
  seal: Seal,
  nowNs: bigint,
  steps: readonly Step[] = STEPS,
): Promise<void> {
  const { place } = vault;
  for (let refused = 0;;) {
    const { value, stamp } = await attempt(place, "read", () => place.stamped(FORMAT_KEY));
    const version = value === undefined ? 0 : await versionIn(place, seal, value);
    if (version > steps.length) throw newer(place, version, steps.length);
    if (version === steps.length) return;
    const head = new Uint8Array(4);
    writeU32(head, 0, version + 1);
    const format = concat(head, await seal.seal(FORMAT_KEY, concat(head, SENTINEL)));
    const writes = [...await steps[version](vault, nowNs), { key: FORMAT_KEY, value: format }];
    const written = await attempt(place, "write", () => place.write(writes, { key: FORMAT_KEY, stamp }));
    // It may have been ours: a server's answer that was lost makes the runtime write again.
    if (written === undefined && ++refused > steps.length) throw otherWriter(place.name);
  }
}

/** The version lies readable, so that a newer layout is told from a wrong key. */
async function versionIn(place: Place, seal: Seal, value: Uint8Array): Promise<number> {
  if (value.length < 4) throw damaged(place.name);
  const sealed = await seal.open(FORMAT_KEY, value.subarray(4));
  if (sealed === undefined) throw wrongIdentity(place);
  if (readU32(sealed, 0) !== readU32(value, 0)) throw damaged(place.name);
  return readU32(value, 0);
}

async function attempt<T>(place: Place, action: "read" | "write", run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw storageError(error, place.name, action);
  }
}

const newer = (place: Place, version: number, ours: number): UserError =>
  new UserError(
    `Cannot read the messages in ${place.name}: its layout ${version} is newer than this program's ${ours}`,
    { kind: "local", hint: "Use the newest version of the program." },
  );

const wrongIdentity = (place: Place): UserError =>
  new UserError(`Cannot read the messages in ${place.name}: they belong to another identity`, {
    kind: "local",
    hint: "Use the key that they were stored with, or another data directory.",
  });
