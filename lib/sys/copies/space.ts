/**
 * How much room a disk has left.
 *
 * @see specification dmsgscp §10, 3
 * @module
 */

/**
 * Bytes that our user may still write where a path lies.
 * @returns undefined where the system does not tell, or the runtime does not let us ask.
 */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { statfs } = await import("node:fs/promises");
    const { bavail, bsize } = await statfs(path);
    return Number(bavail) * Number(bsize);
  } catch {
    return undefined;
  }
}
