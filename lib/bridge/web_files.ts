/**
 * A directory over HTTP: files with types, ranges and validators, and `index.html` for a directory.
 *
 * @see RFC 9110 §13, §14; lib/bridge/README.md "Files"
 * @module
 */
import type { SeekableSource } from "../sys/copies/source_file.ts";
import { TreeError } from "../sys/tree/error.ts";
import type { MakeDigest, Tree } from "../sys/tree/tree.ts";
import { byteRange, webPath } from "./web_path.ts";
import { type Caller, plainAnswer, type WebAnswer, type WebHandler, type WebRequest } from "./web_server.ts";

/** What stands for a directory. */
const INDEX = "index.html";
/** One read of a file. */
const PIECE_BYTES: number = 64 * 1024;
/** Types of text that are not `text/…`; all text is taken for UTF-8. */
const TEXT = /^(?:text\/|application\/(?:javascript|json|xml|manifest\+json)|image\/svg\+xml)/;

/** What files are served of. */
export interface WebFilesParts {
  /** Made for this caller: what it may see; undefined: nothing. */
  readonly treeOf: (caller: Caller) => Promise<Tree | undefined>;
  /** A fresh SHA-256, for validators. */
  readonly digest: MakeDigest;
  /** A media type by a file's name, or null. */
  readonly typeOf: (name: string) => string | null;
}

/** Answers with files. Paths of this machine, and whether something hidden is there, are never told. */
export function webFiles({ treeOf, digest, typeOf }: WebFilesParts): WebHandler {
  const open = async (tree: Tree, name: string): Promise<SeekableSource | "directory" | undefined> => {
    try {
      return await tree.openSeekable!(name, digest);
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return error.step === "directory" ? "directory" : undefined;
    }
  };

  return {
    answer: async (request, answer, caller) => {
      const tree = await treeOf(caller);
      if (!tree) return plainAnswer(answer, 403, "Forbidden");
      if (request.method !== "GET" && request.method !== "HEAD") {
        return plainAnswer(answer, 405, "Method not allowed", { Allow: "GET, HEAD" });
      }
      const path = webPath(request.url ?? "");
      if (path === "malformed") return plainAnswer(answer, 400, "Bad request");
      if (path === undefined) return plainAnswer(answer, 404, "Not found");
      const name = path.directory ? `${path.name}/${INDEX}` : path.name;
      const file = await open(tree, name);
      if (file === "directory" && !path.directory) {
        // Relative links of the index are below the directory only with the slash.
        const target = `/${path.name.split("/").map(encodeURIComponent).join("/")}/`;
        return plainAnswer(answer, 301, "Moved", { Location: target });
      }
      if (file === undefined || file === "directory") return plainAnswer(answer, 404, "Not found");
      try {
        await send(request, answer, file, typeOf(name));
      } finally {
        file.close();
      }
    },
  };
}

async function send(
  request: WebRequest,
  answer: WebAnswer,
  file: SeekableSource,
  type: string | null,
): Promise<void> {
  const { headers } = request;
  const etag = `"${file.token}"`;
  const changed = file.mtimeMs === undefined ? undefined : new Date(file.mtimeMs).toUTCString();
  const always: Record<string, string> = {
    "Accept-Ranges": "bytes",
    ETag: etag,
    ...changed && { "Last-Modified": changed },
  };
  if (isKnown(headers, etag, file.mtimeMs)) {
    answer.writeHead(304, always);
    return void answer.end();
  }
  const wantsRange = headers["if-range"] === undefined || headers["if-range"] === etag ||
    headers["if-range"] === changed;
  const range = request.method === "GET" && wantsRange ? byteRange(headers.range, file.size) : undefined;
  if (range === "unsatisfiable") {
    return plainAnswer(answer, 416, "Range not satisfiable", { "Content-Range": `bytes */${file.size}` });
  }
  const { from, to } = range ?? { from: 0, to: file.size };
  answer.writeHead(range ? 206 : 200, {
    ...always,
    "Content-Type": typeField(type),
    "Content-Length": to - from,
    "X-Content-Type-Options": "nosniff",
    ...range && { "Content-Range": `bytes ${from}-${to - 1}/${file.size}` },
  });
  if (request.method === "HEAD") return void answer.end();
  if (from > 0) await file.skipTo(from);
  await copy(file, to - from, answer);
}

const typeField = (type: string | null): string =>
  type === null ? "application/octet-stream" : TEXT.test(type) ? `${type}; charset=utf-8` : type;

/** Whether the caller has it as it is (RFC 9110 §13.2.2). */
function isKnown(headers: WebRequest["headers"], etag: string, mtimeMs: number | undefined): boolean {
  const tags = headers["if-none-match"];
  if (tags !== undefined) {
    return tags.trim() === "*" || tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
  }
  const sinceMs = Date.parse(headers["if-modified-since"] ?? "");
  return mtimeMs !== undefined && Math.floor(mtimeMs / 1000) * 1000 <= sinceMs;
}

/** One piece is in memory; a file that has become shorter breaks the connection, so that it does not look whole. */
async function copy(file: SeekableSource, bytes: number, answer: WebAnswer): Promise<void> {
  for (let left = bytes; left > 0;) {
    const piece = new Uint8Array(Math.min(left, PIECE_BYTES)); // node keeps it until it is written
    const count = await file.read(piece);
    if (count === null) return void answer.destroy();
    left -= count;
    if (!await written(answer, piece.subarray(0, count))) return;
  }
  answer.end();
}

/**
 * Writes a piece of an answer and waits until it was taken.
 * @returns false when the caller has left.
 */
export function written(answer: WebAnswer, bytes: Uint8Array): Promise<boolean> {
  if (answer.destroyed || answer.writableEnded) return Promise.resolve(false);
  return new Promise((resolve) => {
    const left = (): void => resolve(false);
    answer.once("close", left);
    answer.write(bytes, (error?: Error | null) => {
      answer.off("close", left);
      resolve(!error);
    });
  });
}
