/**
 * Which part of the program lies in which piece of the release, and the sources as the bundler gets them.
 *
 * The bundler makes a file of every dynamic import, and of all that two of them share: 250 files, half a millisecond
 * each. So it gets copies in which an import is a call that stays in the same file, save those that lead into another
 * piece.
 *
 * @see scripts/README.md "The pieces"
 * @module
 */
import { dirname, join, relative } from "node:path/posix";

/** What the program is made from. */
const SOURCES = ["main.ts", "cli", "lib", "tui", "deno.json", "deno.lock"] as const;

/**
 * The pieces beside the first, and which dynamic imports lead into them, by the path from the top or the package. In
 * the first is what a lone `send` runs, and what needs no permission to read: a piece is read when it is used.
 */
export const PIECES: Readonly<Record<string, RegExp>> = {
  store: /^(cli\/commands\/(listen|daemon|history|status)\.ts|lib\/(app\/here|owner\/serve)\.ts)/,
  groups:
    /^(cli\/(commands\/(group|pair|list|board|dash|widget|bot|invite|poll|hold|bundle|check)|groups)\.ts|lib\/(app\/(groups|pairs|overlays|kept_secrets)|pair)\b)/,
  files: /^(cli\/(commands\/(scp|scp_host|file|send_file)|scp\/\w+)\.ts|lib\/app\/files\/local_files\.ts)/,
  screen: /^(cli\/(commands\/chat|chat_\w+)\.ts|tui\/|uqr$|@scure\/)/,
  more:
    /^(cli\/(commands\/(?!id|send|listen|daemon|history|status|completion)\w+|help|serve_\w+|web_\w+)\.ts|lib\/discovery\/|lib\/crypto\/noble|mime\/)/,
};

/** The piece of an import; undefined: it stays in the file that imports it, or in the first. */
const pieceOf = (target: string): string | undefined =>
  Object.keys(PIECES).find((name) => PIECES[name].test(target));

/** An import when it runs; one in a type stands behind `typeof` or before a dot and a name of a type. */
const IMPORT = /(?<!typeof )\bimport\(\s*"((?!node:)[^"]+)"\s*,?\s*\)(?!\.[A-Z])/g;

/** What is loaded because the curve could not be opened must not wait for the curve. */
const NO_CURVE = /^lib\/crypto\/noble/;

/** The one wait at the top of a module: what is loaded by a call can't wait, so the caller does. */
const CURVE = "lib/crypto/opened_curve.ts";
const CURVE_WAITS = "export const curve: Curve = await openCurve();";
const CURVE_LATER = `import { waiting } from "../../later.ts";
export let curve: Curve;
waiting.forCurve = openCurve().then((opened) => void (curve = opened));`;
const LATER = `export const waiting: { forCurve?: Promise<void> } = {};
export async function later<T>(load: () => T): Promise<T> {
  const loaded = load();
  await waiting.forCurve;
  return loaded;
}
`;

/**
 * The pieces that serve what comes from others. Those who stay read them soon after their start: 1.1 to 2 MiB.
 * The others serve who types, and is told where one is gone.
 */
const READ_SOON: readonly (keyof typeof PIECES)[] = ["store", "groups", "files"];

/** Where they are named. */
const ALL = "cli/pieces.ts";
const NO_PIECES = "const readAll: readonly (() => Promise<unknown>)[] = [];";
const ALL_PIECES = `const readAll: readonly (() => Promise<unknown>)[] = [
${READ_SOON.map((piece) => `  () => import("../${piece}.ts"),`).join("\n")}
];`;

/**
 * A copy of the sources in which only the imports that lead into another piece are imports.
 * @param top  Where they are, with a slash at the end.
 * @param folder  Where the copy goes; empty.
 */
export async function cutSources(top: string, folder: string): Promise<void> {
  const members = new Map<string, Set<string>>();
  const copy = async (path: string): Promise<void> => {
    if ((await Deno.stat(top + path)).isDirectory) {
      await Deno.mkdir(`${folder}/${path}`);
      for await (const { name } of Deno.readDir(top + path)) await copy(`${path}/${name}`);
    } else if (!path.endsWith(".ts")) await Deno.copyFile(top + path, `${folder}/${path}`);
    else {
      const text = cut(path, await Deno.readTextFile(top + path), (piece, target) => {
        members.set(piece, (members.get(piece) ?? new Set()).add(target));
      });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
  };
  for (const path of SOURCES) await copy(path);
  await Deno.writeTextFile(`${folder}/later.ts`, LATER);
  for (const [piece, targets] of members) {
    await Deno.writeTextFile(`${folder}/${piece}.ts`, pieceWith([...targets].sort()));
  }
}

/** One source. @param onMember  Told which targets are in which piece. */
function cut(path: string, source: string, onMember: (piece: string, target: string) => void): string {
  if (path === CURVE) {
    if (!source.includes(CURVE_WAITS)) throw new Error(`${CURVE} does not wait for the curve as it did`);
    return source.replace(CURVE_WAITS, CURVE_LATER);
  }
  if (path === ALL) {
    if (!source.includes(NO_PIECES)) throw new Error(`${ALL} does not name the pieces as it did`);
    return source.replace(NO_PIECES, ALL_PIECES);
  }
  const up = (file: string): string => {
    const way = relative(dirname(path), file);
    return way.startsWith(".") ? way : `./${way}`;
  };
  let stays = false;
  const text = source.replace(IMPORT, (_, specifier: string) => {
    const target = specifier.startsWith(".") ? join(dirname(path), specifier) : specifier;
    const piece = pieceOf(target);
    if (piece === undefined) {
      stays = true;
      return `later(() => require("${specifier}"))`;
    }
    onMember(piece, target);
    return `import("${up(`${piece}.ts`)}").then((piece) => piece.load["${target}"]())`;
  });
  return stays ? `import { later } from "${up("later.ts")}";\n${text}` : text;
}

/**
 * The file of a piece. All of the first piece is named in each: what they share with it is in the first then. So is the
 * store, which all but help needs: what each shares with that would be one more file for every set of them.
 */
const pieceWith = (targets: readonly string[]): string => {
  const way = (target: string): string => target.endsWith(".ts") ? `./${target}` : target;
  const loaded = (target: string): string =>
    NO_CURVE.test(target)
      ? `async () => require("${way(target)}")`
      : `() => later(() => require("${way(target)}"))`;
  return `import { later } from "./later.ts";
export const load: Record<string, () => Promise<any>> = {
${targets.map((target) => `  "${target}": ${loaded(target)},`).join("\n")}
};
export const first = () => require("./cli/run.ts");
export const store = () => require("./lib/app/here.ts");
`;
};
