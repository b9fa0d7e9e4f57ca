/**
 * JSON-RPC 2.0, one object a line: lines out of bytes, and messages out of lines. No I/O.
 *
 * @see https://www.jsonrpc.org/specification; lib/owner/README.md "Protocol"
 * @module
 */
import { concat, fromShortAscii } from "../../wire/bytes.ts";

/**
 * Longest line, without its newline: what a store has of one message fits (`MAX_BODY_BYTES`, with its id and the one that
 * it answers), also where JSON has six bytes for each character.
 */
export const MAX_LINE_BYTES: number = 2 * 1024 * 1024;
/** Longest request: an owner of before takes no longer line. A frame of 64 KiB in which all is escaped has 384 KiB. */
export const MAX_REQUEST_BYTES: number = 1024 * 1024;
/** How deep objects and lists may lie in each other. */
export const MAX_DEPTH = 32;
/** Largest buffer that is kept for the next lines. */
const KEPT_BYTES = 64 * 1024;
/** Longest id that is a text. */
const MAX_ID_CHARS = 64;

/** Codes of JSON-RPC, of the Language Server Protocol (cancelled), and ours; errors of App are in rpc_errors.ts. */
export const RpcCode = {
  parse: -32700,
  invalid: -32600,
  noMethod: -32601,
  badParams: -32602,
  fault: -32603,
  tooMany: -32000,
  helloFirst: -32001,
  cancelled: -32800,
} as const;

/** What ties a response to its request. */
export type RpcId = string | number;

/** The `error` member of a response. */
export interface RpcErrorObject {
  /** See {@link RpcCode} and rpc_errors.ts. */
  readonly code: number;
  /** A sentence. */
  readonly message: string;
  /** What makes the same error on the other side. */
  readonly data?: unknown;
}

/** What a line says. `invalid` has the answer that it deserves. */
export type RpcMessage =
  | { readonly kind: "request"; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RpcId | null; readonly error: RpcErrorObject }
  | { readonly kind: "invalid"; readonly id: RpcId | null; readonly error: RpcErrorObject };

/** A line that is longer than allowed: what follows can't be trusted to begin a new one. */
export class LineTooLong extends Error {
  /** The class. */
  override readonly name = "LineTooLong";
}

/** Cuts bytes into lines, fed any chunking. */
export class LineCutter {
  readonly #maxBytes: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** Everything before it is known to hold no newline. */
  #scanned = 0;

  /**
   * Starts empty.
   * @param maxBytes  Longest line, without its newline.
   */
  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Adds bytes; they are copied. */
  push(bytes: Uint8Array): void {
    if (this.#start === this.#end) this.#reset();
    if (this.#end + bytes.length > this.#buffer.length) this.#grow(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * The next line without its newline.
   * @returns A view that is valid until the next `push`; undefined while the newline is missing.
   * @throws {LineTooLong} It is longer than allowed.
   */
  next(): Uint8Array | undefined {
    const at = this.#buffer.subarray(this.#scanned, this.#end).indexOf(0x0a);
    const length = (at < 0 ? this.#end : this.#scanned + at) - this.#start;
    if (length > this.#maxBytes) throw new LineTooLong(`a line is longer than ${this.#maxBytes} bytes`);
    if (at < 0) {
      this.#scanned = this.#end;
      return undefined;
    }
    const line = this.#buffer.subarray(this.#start, this.#start + length);
    this.#start = this.#scanned = this.#start + length + 1;
    return line;
  }

  /** Takes what follows the last line. */
  rest(): Uint8Array {
    const rest = this.#buffer.slice(this.#start, this.#end);
    this.#buffer = new Uint8Array(0);
    this.#reset();
    return rest;
  }

  /** Begins at the front again; a buffer that one long line made large is not kept. */
  #reset(): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0);
    this.#start = this.#end = this.#scanned = 0;
  }

  /** Room for more bytes; what was taken goes. */
  #grow(more: number): void {
    const used = this.#end - this.#start;
    const next = new Uint8Array(Math.max(4096, 2 * (used + more)));
    next.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = next;
    this.#scanned -= this.#start;
    this.#start = 0;
    this.#end = used;
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What a line says.
 * @param line  UTF-8 without the newline.
 * @returns Never throws: what can't be understood is `invalid`.
 */
export function decodeLine(line: Uint8Array): RpcMessage {
  let value: unknown;
  try {
    const text = fromShortAscii(line) ?? strict.decode(line);
    if (depthOf(text) > MAX_DEPTH) {
      return invalid(null, RpcCode.invalid, `Lies deeper than ${MAX_DEPTH} levels`);
    }
    value = JSON.parse(text);
  } catch {
    return invalid(null, RpcCode.parse, "Not a JSON value in UTF-8");
  }
  return messageOf(value);
}

function messageOf(value: unknown): RpcMessage {
  if (!isObject(value)) return invalid(null, RpcCode.invalid, "Not an object");
  const id = isId(value.id) ? value.id : null;
  const bad = (message: string): RpcMessage => invalid(id, RpcCode.invalid, message);
  if (value.jsonrpc !== "2.0") return bad('Member "jsonrpc" is not "2.0"');
  if (Object.hasOwn(value, "method")) {
    if (typeof value.method !== "string") return bad('Member "method" is not a text');
    if (Object.hasOwn(value, "params") && !isObject(value.params)) {
      return invalid(id, RpcCode.badParams, 'Member "params" is not an object');
    }
    const { method, params = {} } = value;
    if (!Object.hasOwn(value, "id")) return { kind: "notification", method, params };
    return id === null
      ? bad('Member "id" is not an integer or a text of 1 to 64 characters')
      : { kind: "request", id, method, params };
  }
  if (Object.hasOwn(value, "error")) {
    return isError(value.error)
      ? { kind: "error", id, error: value.error }
      : bad('Member "error" is no error');
  }
  if (Object.hasOwn(value, "result") && id !== null) return { kind: "result", id, result: value.result };
  return bad("Neither a request nor a response");
}

const invalid = (id: RpcId | null, code: number, message: string): RpcMessage => ({
  kind: "invalid",
  id,
  error: { code, message },
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isId = (id: unknown): id is RpcId =>
  Number.isSafeInteger(id) || (typeof id === "string" && id.length >= 1 && id.length <= MAX_ID_CHARS);

const isError = (error: unknown): error is RpcErrorObject =>
  isObject(error) && typeof error.code === "number" && typeof error.message === "string";

/** How deep the brackets of a JSON text lie in each other; found before it costs the parser anything. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = endOfText(text, i);
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d || char === 0x5d) depth--;
  }
  return deepest;
}

/** Where the text that starts at a quote ends. */
function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x5c) i++;
    else if (char === 0x22) return i;
  }
  return text.length;
}

const NEWLINE = Uint8Array.of(0x0a);
const encoder = new TextEncoder();

function line(value: object): Uint8Array {
  return concat(encoder.encode(JSON.stringify({ jsonrpc: "2.0", ...value })), NEWLINE);
}

/** A request as a line. */
export const requestLine = (id: RpcId, method: string, params: unknown): Uint8Array =>
  line({ id, method, params });
/** A notification as a line. */
export const notificationLine = (method: string, params: unknown): Uint8Array => line({ method, params });
/** A success as a line. */
export const resultLine = (id: RpcId, result: unknown): Uint8Array => line({ id, result: result ?? null });
/** A failure as a line; `id` is null when the request's could not be read. */
export const errorLine = (id: RpcId | null, error: RpcErrorObject): Uint8Array => line({ id, error });
