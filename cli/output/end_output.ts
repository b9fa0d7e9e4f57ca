/**
 * The end of standard output while the process goes on: a program that reads to the end and then answers waits for it.
 * The runtime's own `close` gives its number back and leaves the descriptor open.
 *
 * @module
 */

/** The descriptor of standard output. */
const STDOUT = 1;
/** The runtime's own copy of it is made at the start and so has a small number. */
const MAX_COPY = 255;
/** Most files that are opened to fill a number: those that were free below it. */
const MAX_FILLERS = 64;

/** Files that hold closed numbers, so that nothing of ours gets them and is taken for standard output. */
const fillers: Deno.FsFile[] = [];

/**
 * Ends standard output when it is a pipe or a socket: its reader sees the end. Of a file or a terminal nobody waits for
 * it. Everything must have been written, and nothing may be written later. Does nothing where the system does not let it
 * be done.
 */
export async function endStandardOutput(): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    const fs = await import("node:fs");
    const own = fs.fstatSync(STDOUT);
    if (own.isSocket()) await shutDown();
    else if (own.isFIFO()) { for (const number of [...copiesOf(own), STDOUT]) await close(number); }
  } catch {
    // The end of the process is its end, then.
  }
}

/** A socket's direction can be ended whoever holds it. */
async function shutDown(): Promise<void> {
  const { Socket } = await import("node:net");
  const socket = new Socket({ fd: STDOUT, readable: false });
  await new Promise<void>((resolve) => {
    socket.on("error", () => resolve());
    socket.end(resolve);
  });
}

/** A pipe ends with the last descriptor of it: all of ours are found by what they are. */
function copiesOf(own: { readonly dev: number; readonly ino: number }): number[] {
  const found: number[] = [];
  for (let number = 3; number <= MAX_COPY; number++) {
    const it = standing(number);
    if (it?.dev === own.dev && it.ino === own.ino) found.push(number);
  }
  return found;
}

/** A socket object that takes a descriptor over closes it for good. */
async function close(number: number): Promise<void> {
  const { Socket } = await import("node:net");
  const holder = new Socket({ fd: number, readable: false });
  await new Promise<void>((resolve) => {
    holder.on("error", () => {});
    holder.once("close", () => resolve());
    holder.destroy();
  });
  const before = fillers.length;
  do fillers.push(Deno.openSync("/dev/null", { write: true })); while (
    number !== STDOUT && standing(number) === undefined && fillers.length < before + MAX_FILLERS
  );
}

function standing(number: number): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(`/dev/fd/${number}`);
  } catch {
    return undefined;
  }
}
