// deno task bundle [file]
/**
 * The program as minified files: one to start with, and pieces beside it that are loaded when they are used. The same
 * sources give the same bytes, wherever they lie.
 *
 * @module
 */
import { curveWasmUrl } from "../lib/sys/curve_wasm.ts";
import { compiledWithFile } from "./eager.ts";
import { cutSources } from "./pieces.ts";
import { runDeno, sha256, TOP } from "./release.ts";
import { scriptMain } from "./script_main.ts";

/** A file of the program. */
export interface BundleFile {
  /** Its name; all lie in one folder. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A program that was written. */
export interface Bundle {
  /** The file to start. */
  readonly path: string;
  /** All files; the one to start comes first. */
  readonly files: readonly BundleFile[];
  /** SHA-256 of all bytes in that order, as hex. */
  readonly hash: string;
}

/** Writes the program; makes its directory. */
export async function bundle(path: string): Promise<Bundle> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/src`);
    await cutSources(TOP, `${folder}/src`);
    const args = [
      "bundle",
      "--quiet",
      "--minify",
      "--code-splitting",
      "--outdir",
      `${folder}/out`,
      "main.ts",
    ];
    await runDeno(args, {}, `${folder}/src`);
    const files = await named(`${folder}/out`, path.split(/[/\\]/).at(-1)!);
    const directory = path.replace(/[^/\\]*$/, "") || "./";
    await Deno.mkdir(directory, { recursive: true });
    for (const { name, bytes } of files) await Deno.writeFile(directory + name, bytes);
    return await bundleOf(path, files);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A program that was written before, alone in its directory. */
export async function readBundle(path: string): Promise<Bundle> {
  const [, directory, first] = /^(.*[/\\])([^/\\]*)$/.exec(path)!;
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await Deno.readFile(directory + name) })),
  );
  return await bundleOf(path, inOrder(files, first));
}

const bundleOf = async (path: string, files: readonly BundleFile[]): Promise<Bundle> => ({
  path,
  files,
  hash: await sha256(allOf(files)),
});

/** The one to start first, the others by name. */
function inOrder(files: readonly BundleFile[], first: string): BundleFile[] {
  const rank = ({ name }: BundleFile): string => name === first ? "" : name;
  return files.toSorted((a, b) => rank(a) < rank(b) ? -1 : 1);
}

/** All bytes of the files, one behind the other. */
export function allOf(files: readonly BundleFile[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(files.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let offset = 0;
  for (const { bytes } of files) {
    all.set(bytes, offset);
    offset += bytes.length;
  }
  return all;
}

/** Where lib/sys/curve_wasm.ts expects the name of the curve's file. */
const PLACE = "@secp256k1.wasm@";
/** Not called .wasm: `deno compile` would take it for a module. */
const CURVE = "dmsg-curve.bin";

/** The bundler's files with names that stay, and the curve. @param first  The name of the file to start. */
async function named(folder: string, first: string): Promise<BundleFile[]> {
  const made = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const [, core] = /from"\.\/([^"]+)"/.exec(await Deno.readTextFile(`${folder}/main.js`))!;
  let shared = 0;
  const nameOf = (made: string): string => {
    if (made === "main.js") return first;
    if (made === core) return "dmsg-core.mjs";
    const [piece] = made.split("-");
    return `dmsg-${piece === "chunk" ? `shared-${++shared}` : piece}.mjs`;
  };
  const names = new Map(made.map((name) => [name, nameOf(name)]));
  const files: BundleFile[] = [];
  let places = 0;
  for (const name of made) {
    const code = await Deno.readTextFile(`${folder}/${name}`);
    const parts = (name === core ? compiledWithFile(code) : code).split(PLACE);
    places += parts.length - 1;
    files.push({
      name: names.get(name)!,
      bytes: new TextEncoder().encode(inAscii(withNames(parts.join(CURVE), names))),
    });
  }
  if (places !== 1) throw new Error(`the bundle has ${places} places for the curve instead of one`);
  files.push({ name: CURVE, bytes: await Deno.readFile(curveWasmUrl()) });
  return inOrder(files, first);
}

/** Files by their new names. A piece that is named in plain sight would be read at the start. */
const withNames = (code: string, names: ReadonlyMap<string, string>): string =>
  code.replace(/"\.\/([\w-]+\.js)"/g, (whole, name) => names.has(name) ? `"./${names.get(name)}"` : whole)
    .replace(/\bimport\(("\.\/[\w-]+\.mjs")\)/g, "import(String($1))");

/**
 * The same program in ASCII: with one other letter in it the runtime holds all of its source as two bytes a letter. The
 * bundler writes strings so already, and leaves regular expressions, which take the same escapes.
 */
const inAscii = (code: string): string =>
  code.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

if (import.meta.main) {
  await scriptMain(async () => {
    const { path, files, hash } = await bundle(Deno.args[0] ?? "dist/dmsg.mjs");
    console.log(`${hash}  ${path}  ${allOf(files).length} bytes in ${files.length} files`);
    for (const { name, bytes } of files) console.log(`  ${String(bytes.length).padStart(8)}  ${name}`);
    return 0;
  });
}
