/**
 * The classic copier as Go peers speak it, host and client, written from the vectors alone: nothing of lib/scp is in
 * here. It does what a Go peer does, not what it should: it truncates, follows names, and has no limits.
 *
 * @module
 */
import type { Duplex } from "../../lib/wire/machine.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** Reads byte by byte, line by line. */
class Input {
  readonly #from: Pick<Duplex, "read">;
  #held = new Uint8Array(0);

  constructor(from: Pick<Duplex, "read">) {
    this.#from = from;
  }

  /** @returns Fewer bytes than asked for at the end of the stream. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#held.length < count) {
      const more = await this.#from.read();
      if (more === null) break;
      const joined = new Uint8Array(this.#held.length + more.length);
      joined.set(this.#held);
      joined.set(more, this.#held.length);
      this.#held = joined;
    }
    const taken = this.#held.slice(0, count);
    this.#held = this.#held.slice(taken.length);
    return taken;
  }

  async line(): Promise<string> {
    const bytes: number[] = [];
    for (;;) {
      const [byte] = await this.take(1);
      if (byte === undefined) throw new Error("EOF");
      bytes.push(byte);
      if (byte === 10) return decoder.decode(Uint8Array.from(bytes));
    }
  }

  /** An ack, or a warning in its place. */
  async ack(): Promise<void> {
    const [byte] = await this.take(1);
    if (byte === 0) return;
    if (byte === undefined) throw new Error("EOF");
    if (byte !== 1 && byte !== 2) {
      throw new Error(`dmsgscp: unexpected byte 0x${byte.toString(16).padStart(2, "0")}`);
    }
    const text = (await this.line()).replace(/\n$/, "");
    if (byte === 2) throw new Error(`dmsgscp: peer error: ${text}: dmsgscp: peer reported fatal: ${text}`);
  }
}

/** Files of a classic peer: content and mode. */
export type ClassicFiles = Map<string, { bytes: Uint8Array; mode: number }>;

const ACK = Uint8Array.of(0);
const fatal = (text: string): Uint8Array => bytesOf(`\x02${text}\n`);
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");
const RECORD = /^C([0-7]+) (\d+) (.*)\n$/s;

/** A classic host serves one stream. @returns What it saw as the role line. */
export async function classicHost(stream: Duplex, files: ClassicFiles): Promise<string> {
  const input = new Input(stream);
  const line = await input.line();
  const [, role, path] = /^(SOURCE|SINK) (.*?)[\r\n]*$/s.exec(line)!;
  try {
    if (path.startsWith("/") || path.split("/").includes("..")) {
      await stream.write(fatal("bad path: dmsgscp: name contains path traversal"));
    } else if (role === "SINK") await classicSink(stream, input, path, files);
    else await classicSource(stream, input, path, files);
  } catch {
    files.delete(path); // as Go does: what was there before is gone too
  }
  stream.close();
  return line;
}

async function classicSink(stream: Duplex, input: Input, path: string, files: ClassicFiles): Promise<void> {
  await stream.write(ACK);
  const [, mode, size] = RECORD.exec(await input.line())!;
  await stream.write(ACK);
  const bytes = await input.take(Number(size));
  if (bytes.length < Number(size)) throw new Error("unexpected EOF");
  await input.ack();
  files.set(path, { bytes, mode: (parseInt(mode, 8) & 0o700) || 0o600 });
  await stream.write(ACK);
}

async function classicSource(stream: Duplex, input: Input, path: string, files: ClassicFiles): Promise<void> {
  const file = files.get(path);
  if (!file) return await stream.write(fatal(`stat: stat /srv/root/${path}: no such file or directory`));
  await stream.write(bytesOf(`C${octal(file.mode)} ${file.bytes.length} ${path.split("/").at(-1)}\n`));
  await input.ack();
  for (let at = 0; at < file.bytes.length; at += 65536) {
    await stream.write(file.bytes.subarray(at, at + 65536));
  }
  await stream.write(ACK);
  await input.ack();
}

/** A classic client pushes a file. @throws {Error} With Go's text. */
export async function classicPush(
  stream: Duplex,
  path: string,
  bytes: Uint8Array,
  mode = 0o644,
): Promise<void> {
  const input = new Input(stream);
  await stream.write(bytesOf(`SINK ${path}\n`));
  await input.ack();
  await stream.write(bytesOf(`C${octal(mode)} ${bytes.length} ${path.split("/").at(-1)}\n`));
  await input.ack();
  for (let at = 0; at < bytes.length; at += 65536) await stream.write(bytes.subarray(at, at + 65536));
  await stream.write(ACK);
  await input.ack();
  stream.close();
}

/** A classic client pulls a file. @throws {Error} With Go's text: it can't read a fatal line here. */
export async function classicPull(
  stream: Duplex,
  path: string,
): Promise<{ bytes: Uint8Array; mode: number }> {
  const input = new Input(stream);
  await stream.write(bytesOf(`SOURCE ${path}\n`));
  const line = await input.line();
  const record = RECORD.exec(line);
  if (!record) {
    throw new Error(`dmsgscp: read header: dmsgscp: unknown record type: ${JSON.stringify(line[0])}`);
  }
  await stream.write(ACK);
  const bytes = await input.take(Number(record[2]));
  if (bytes.length < Number(record[2])) throw new Error("unexpected EOF");
  await input.ack();
  await stream.write(ACK);
  stream.close();
  return { bytes, mode: parseInt(record[1], 8) };
}
