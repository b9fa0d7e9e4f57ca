/**
 * What copies between whole processes are tried with: a host on a network, and bytes.
 *
 * @module
 */
import type { TestNetwork } from "./network.ts";

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

/** Bytes of files that are being received in a directory. */
export const partBytes = (directory: string): number =>
  [...Deno.readDirSync(directory)].filter(({ name }) => /^\.[0-9a-f]{32}\.part$/.test(name))
    .reduce((sum, { name }) => sum + Deno.statSync(`${directory}/${name}`).size, 0);
