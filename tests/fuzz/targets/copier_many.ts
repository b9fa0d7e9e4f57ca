/**
 * What the copier reads of many files: a host that takes and gives them, and clients that ask for them.
 *
 * @module
 */
import { sha256Stream } from "../../../lib/crypto/digest.ts";
import { frameOf, hashOf, hello } from "../../../lib/scp/extended/frames.ts";
import { serveStream } from "../../../lib/scp/host.ts";
import { list } from "../../../lib/scp/many.ts";
import { pullMany } from "../../../lib/scp/many_pull.ts";
import { systemPacking } from "../../../lib/sys/copies/packing.ts";
import { TreeError } from "../../../lib/sys/tree/error.ts";
import type { SmallContent, Tree, TreeBatch } from "../../../lib/sys/tree/tree.ts";
import { concat, fromHex, toHex, u32Bytes, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { MemoryTree } from "../../fakes/tree.ts";
import type { Target } from "../fuzz.ts";
import { fed } from "./copier.ts";

/** Files in memory, several at once; nothing is taken up again. */
class ManyTree extends MemoryTree {
  resume = (): Promise<never> => Promise.reject(new TreeError("open", "it can't be done here"));
  openSeekable = (): Promise<never> => Promise.reject(new TreeError("open", "it can't be done here"));

  batch(): TreeBatch {
    const begun: Promise<Error | undefined>[] = [];
    return {
      add: (name, bytes, { mode }) => {
        const one = this.create(name).then(async (file) => {
          await file.write(bytes);
          await file.commit(mode);
          return undefined;
        }, (error) => error as Error);
        begun.push(one);
        return one.then(() => {});
      },
      commit: () => Promise.all(begun),
    };
  }

  async readMany(names: readonly string[]): Promise<(SmallContent | Error)[]> {
    const [name] = names; // fewer than were asked for is right, too
    const file = await this.open(name).catch((error: Error) => error);
    if (file instanceof Error) return [file];
    const bytes = new Uint8Array(file.size);
    await file.read(bytes);
    return [{ size: file.size, mode: file.mode, mtimeMs: 0, bytes }];
  }

  makeDirectory(name: string): Promise<void> {
    this.directories.add(name);
    return Promise.resolve();
  }

  async *list(): ReturnType<NonNullable<Tree["list"]>> {
    for (const [name, { bytes, mode }] of this.files) {
      yield { name, kind: "file", size: bytes.length, mode, mtimeMs: 0 };
    }
  }
}

const X = utf8("x");
const ask = (role: string, ...frames: Uint8Array[]): Uint8Array => concat(utf8(`${role} .\r\r\n`), ...frames);
const entry = (name: string): Uint8Array =>
  concat(frameOf({ kind: "file", name, size: 1 }), X, hashOf(X, sha256Stream));
const many = frameOf({ op: "many" });
const end = (entries: number): Uint8Array => frameOf({ ok: true, entries });

const stream = frameOf({ op: "stream", mode: 0o600, zstd: true });
const END = 2 ** 32 - 1;
const piped = (...pieces: Uint8Array[]): Uint8Array => concat(utf8("SINK f\r\r\n"), stream, ...pieces);
const sumOfX = hashOf(X, sha256Stream);
const streamEnd = frameOf({ ok: true, sent: toHex(hashOf(sumOfX, sha256Stream)), size: 1 });
/** 64 bytes `a`: the vector of lib/scp/README.md. */
const PACKED = fromHex("28b52ffd00484500001061610100930016");
const sumOfPacked = hashOf(utf8("a".repeat(64)), sha256Stream);

/** A host that a client says anything to: the same answers however it is cut, and no file half made. */
export const manyHost = (): Target => ({
  name: "scp: many, host",
  seeds: [
    ask(
      "SINK",
      many,
      entry("a"),
      frameOf({ kind: "directory", name: "d", mode: 448, mtime: 1 }),
      entry("d/b"),
      end(3),
    ),
    ask("SOURCE", many, frameOf({ name: "hello.txt" }), frameOf({ name: "no" }), end(2)),
    ask("SOURCE", many, frameOf({ name: "hello.txt", kind: "sum" }), end(1)),
    ask("SOURCE", frameOf({ op: "list" })),
    piped(u32Bytes(1), u32Bytes(0), X, sumOfX, u32Bytes(END), streamEnd),
    piped(u32Bytes(64), u32Bytes(PACKED.length), PACKED, sumOfPacked, u32Bytes(END)),
  ],
  run: (input) => answers([input]),
  feed: answers,
});

async function answers(pieces: Iterable<Uint8Array>): Promise<string> {
  const tree = new ManyTree(4 << 20);
  tree.files.set("hello.txt", { bytes: utf8("hello\n"), mode: 0o644 });
  const { near, written } = await fed(pieces);
  const options = { clock: new FakeClock(), peer: "fuzz", digest: sha256Stream, packing: systemPacking() };
  await serveStream(near, { tree, read: true, write: true }, options);
  if (tree.unfinished > 0) throw new Error("a file is half made");
  for (const name of tree.files.keys()) {
    if (name.startsWith("/") || name.split("/").includes("..")) throw new Error(`leads out: ${name}`);
  }
  return `${await written()} ${[...tree.files].map(([name, { bytes }]) => `${name}:${toHex(bytes)}`)}`;
}

const told = (name: string, kind = "file"): Uint8Array =>
  frameOf({ name, kind, size: 1, mode: 420, mtime: 1 });

/** A client that a host says anything to. */
export const manyClient = (what: "list" | "pull"): Target => ({
  name: `scp: many, client, ${what}`,
  seeds: what === "list"
    ? [concat(hello(), told("d", "directory"), told("d/a"), told("odd", "other"), end(3))]
    : [
      concat(
        hello(),
        frameOf({ ok: true, size: 1, mode: 420, mtime: 1 }),
        X,
        hashOf(X, sha256Stream),
        frameOf({ ok: false, err: "open: no such file" }),
        end(2),
      ),
    ],
  run: (input) => heard(what, [input]),
  feed: (pieces) => heard(what, pieces),
});

async function heard(what: "list" | "pull", pieces: Iterable<Uint8Array>): Promise<string> {
  const { near } = await fed(pieces);
  const options = { clock: new FakeClock(), digest: sha256Stream };
  const found: string[] = [];
  const run = what === "list"
    ? list(near, "d", options).then((entries) => {
      for (const { name, kind } of entries) {
        if (kind !== "other" && /^\/|(^|\/)\.\.(\/|$)/.test(name)) throw new Error(`leads out: ${name}`);
        found.push(name);
      }
    })
    : pullMany(near, ["a", "b"], options, (index, file) => {
      found.push(`${index} ${file instanceof Error ? file.message : toHex(file.bytes)}`);
      return Promise.resolve();
    });
  const outcome = await run.then(() => "done", (error: Error) => `${error.name} ${error.message}`);
  return `${outcome} ${found}`;
}
