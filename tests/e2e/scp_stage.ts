/**
 * What copies between whole processes are tried with: a host on a network, and bytes.
 *
 * @module
 */
import type { Ended, Running, TestNetwork } from "./network.ts";

/** Random bytes: nothing packs them. */
export function noise(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

/** A host that can be reached, its key, and the list that it reads. */
export async function hostOn(network: TestNetwork, ...flags: string[]) {
  const { home } = network.stage;
  await Deno.mkdir(`${home}/shared`, { recursive: true });
  const process = network.start("host", "scp-host", "shared", "--scp-whitelist", "list", "--json", ...flags);
  const [, pk] = /"event":"hosting","pk":"([0-9a-f]{66})"/.exec(await process.prints("stdout", '"hosting"'))!;
  const me = (await network.look("me", "id")).trim();
  return {
    process,
    pk,
    me,
    home,
    list: (text: string) => Deno.writeTextFile(`${home}/list`, text),
    scp: (...args: string[]) =>
      network.run("me", ["scp", ...args.map((arg) => arg.replace("HOST:", `${pk}:`))]),
    read: (name: string) => Deno.readTextFile(`${home}/shared/${name}`),
  };
}

/** How many bytes a file has; none when it is not there, or not any more. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** The names of files that are being received in a directory. */
export const partsIn = (directory: string): string[] =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
    /^\.[0-9a-f]{32}\.part$/.test(name)
  );

/** Bytes of files that are being received in a directory. Each may get its own name between two looks. */
export const partBytes = (directory: string): number =>
  partsIn(directory).reduce((sum, name) => sum + sizeOf(`${directory}/${name}`), 0);

/**
 * Waits until a directory has so many bytes of what a copy brings.
 * @throws Error  If the copy ends before.
 */
export async function received(copy: Running, directory: string, bytes: number): Promise<void> {
  let over: Ended | undefined;
  void copy.ended().then((ended) => over = ended);
  while (partBytes(directory) < bytes) {
    if (over !== undefined) throw new Error(`the copy has ended before, with ${over.status}: ${over.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
