/**
 * From names of a peer to real directories below a root, with one look at root and secrets for all of them.
 *
 * @see specification dmsgscp §10
 * @module
 */
import { missingDirectories } from "../files/directory.ts";
import type { Os } from "../paths.ts";
import { absent, absentNow, attempt, attemptNow, TreeError, type TreeStep } from "./error.ts";
import { type Guard, lookAround } from "./guard.ts";
import type { Made } from "./made.ts";
import { KnownNames } from "./names.ts";
import { isBelow, isOddOnWindows } from "./root.ts";
import type { Secrets } from "./tree.ts";

/** Where names begin. */
export interface WalkParts {
  /** An absolute path. */
  readonly root: string;
  /** What is kept from peers. */
  readonly secrets: Secrets;
  /** Which names mean something else. */
  readonly os: Os;
}

/** The parts of a name that mean something. @throws {TreeError} It leads elsewhere. */
export function partsOf(name: string, step: TreeStep, os: Os): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  // Names were checked by then; a mistake there must not open the disk.
  if (parts.includes("..") || name.includes("\0")) throw new TreeError(step, "permission denied");
  if (os === "windows" && parts.some(isOddOnWindows)) throw new TreeError(step, "not a name here");
  return parts;
}

/** The last of {@link partsOf}, for who takes thousands of names. @returns undefined: it is the root itself. */
export function leafOf(name: string, step: TreeStep, os: Os): string | undefined {
  const leaf = name.slice(name.lastIndexOf("/") + 1);
  const isPlain = leaf !== "" && leaf !== "." && !name.includes("..");
  return partsOf(isPlain ? leaf : name, step, os).at(-1);
}

/** One walk: for an operation, or for as many as come within a moment. */
export class Walk {
  /** Root and secrets. */
  readonly guard: Guard;
  readonly #parts: WalkParts;
  readonly #made: Made | undefined;
  readonly #names = new KnownNames();
  readonly #looks = new Map<string, { readonly running: Promise<boolean>; next?: Promise<boolean> }>();

  private constructor(parts: WalkParts, guard: Guard, made?: Made) {
    this.#parts = parts;
    this.#made = made;
    this.guard = guard;
  }

  /**
   * Begins at the root.
   * @param made  Told of each directory that is made: the root, and those on the way to names, each for its owner
   * alone. Left out: none is made.
   * @throws {TreeError} It is not there.
   */
  static async begin(parts: WalkParts, step: TreeStep, made?: Made): Promise<Walk> {
    const { root, secrets } = parts;
    if (made) await attempt(step, () => makeRoot(root, made));
    return new Walk(parts, await lookAround(root, secrets, step), made);
  }

  /**
   * The real directory that a name's last part lies in.
   * @returns Without a leaf for the root itself. @throws {TreeError}
   */
  place(name: string, step: TreeStep): { readonly directory: string; readonly leaf: string | undefined } {
    const parts = partsOf(name, step, this.#parts.os);
    let directory = this.guard.root;
    for (const part of parts.slice(0, -1)) directory = this.enter(directory, part, step);
    return { directory, leaf: parts.at(-1) };
  }

  /** A directory in a directory: its real path, which must lie below the root. @throws {TreeError} */
  enter(directory: string, part: string, step: TreeStep): string {
    const path = `${directory === "/" ? "" : directory}/${part}`;
    const isNew = this.#made !== undefined &&
      attemptNow(step, () => absentNow(() => Deno.lstatSync(path)) === undefined && madeNow(path));
    if (isNew) this.#made?.add(path);
    const real = attemptNow(step, () => Deno.realPathSync(path));
    if (!isBelow(real, this.guard.root)) throw new TreeError(step, "permission denied");
    if (!attemptNow(step, () => Deno.statSync(real)).isDirectory) {
      throw new TreeError(step, "not a directory");
    }
    if (isNew) this.#names.isNew(real);
    return real;
  }

  /** What lies at a place; undefined where nothing does. @throws {TreeError} */
  lookAt(directory: string, leaf: string, step: TreeStep): Deno.FileInfo | undefined {
    if (!this.#names.may(directory, leaf)) return undefined;
    return attemptNow(step, () => absentNow(() => Deno.lstatSync(`${directory}/${leaf}`)));
  }

  /**
   * Whether a directory still is where it was looked at, and below the root. Who asks while a look is under way shares
   * the next one: a look counts only for what was done before it began.
   */
  isStill(directory: string): Promise<boolean> {
    const look = this.#looks.get(directory);
    if (look === undefined) return this.#look(directory);
    return look.next ??= look.running.catch(() => {}).then(() => this.#look(directory));
  }

  /** The same at once, for who has many files to move there. */
  isStillNow(directory: string): boolean {
    const real = absentNow(() => Deno.realPathSync(directory));
    return real === directory && isBelow(real, attemptNow("open", () => Deno.realPathSync(this.#parts.root)));
  }

  #look(directory: string): Promise<boolean> {
    const running = this.#isThere(directory);
    const look = { running };
    this.#looks.set(directory, look);
    const over = (): void => void (this.#looks.get(directory) === look && this.#looks.delete(directory));
    running.then(over, over);
    return running;
  }

  async #isThere(directory: string): Promise<boolean> {
    const [real, root] = await Promise.all([
      absent(Deno.realPath(directory)),
      attempt("open", () => Deno.realPath(this.#parts.root)),
    ]);
    return real === directory && isBelow(real, root);
  }
}

async function makeRoot(root: string, made: Made): Promise<void> {
  const missing = await missingDirectories(root);
  await Deno.mkdir(root, { recursive: true, mode: 0o700 });
  for (const path of missing.toReversed()) made.add(path);
}

/** Makes a directory. @returns false: somebody else has made it. */
function madeNow(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
