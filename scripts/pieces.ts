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

/** What is loaded because the curve could not be opened must not wait for the curve. */
const NO_CURVE = "lib/crypto/noble_curve.ts";

/** What stays in the first piece although a folder of another one names it. */
const FIRST: readonly string[] = ["cli/commands/completion.ts", "cli/commands/id.ts", "cli/commands/send.ts"];

/**
 * The pieces beside the first, and which dynamic imports lead into them: files, folders and packages, by their paths
 * from the top; the first that names one has it. In the first piece is what a lone `send` runs, and what needs no
 * permission to read: a piece is read when it is used.
 */
export const PIECES = {
  store: [
    "cli/commands/daemon.ts",
    "cli/commands/history.ts",
    "cli/commands/listen.ts",
    "cli/commands/status.ts",
    "lib/app/here.ts",
    "lib/owner/server/serve.ts",
  ],
  groups: [
    "cli/commands/board.ts",
    "cli/commands/bot.ts",
    "cli/commands/bundle.ts",
    "cli/commands/check.ts",
    "cli/commands/dash.ts",
    "cli/commands/group.ts",
    "cli/commands/hold.ts",
    "cli/commands/invite.ts",
    "cli/commands/list.ts",
    "cli/commands/pair.ts",
    "cli/commands/poll.ts",
    "cli/commands/widget.ts",
    "cli/names/groups.ts",
    "lib/app/groups/",
    "lib/app/kept_secrets.ts",
    "lib/app/overlays/",
    "lib/app/pairs/",
    "lib/pair/",
  ],
  files: [
    "cli/commands/file.ts",
    "cli/commands/scp.ts",
    "cli/commands/scp_host.ts",
    "cli/commands/send_file.ts",
    "cli/scp/",
    "lib/app/files/local_files.ts",
  ],
  screen: ["cli/chat/", "cli/commands/chat.ts", "tui/", "uqr", "@scure/"],
  more: ["cli/commands/", "cli/help.ts", NO_CURVE, "lib/discovery/", "mime/"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Where all of them are named, those of the first piece before the others. */
const PLACES: readonly { piece?: string; places: readonly string[] }[] = [
  { places: FIRST },
  ...Object.entries(PIECES).map(([piece, places]) => ({ piece, places })),
];

/** What names the target of an import, itself or a folder above it, and the piece unless it is the first. */
function placeOf(target: string): { place?: string; piece?: string } {
  for (const { piece, places } of PLACES) {
    const place = places.find((one) => one.endsWith("/") ? target.startsWith(one) : target === one);
    if (place !== undefined) return { place, piece };
  }
  return {};
}

/** An import when it runs; one in a type stands behind `typeof` or before a dot and a name of a type. */
const IMPORT = /(?<!typeof )\bimport\(\s*"((?!node:)[^"]+)"\s*,?\s*\)(?!\.[A-Z])/g;

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
 * @throws {Error} Something that is named here has no import any more: it was moved, and would be in another piece.
 * @throws {Deno.errors.NotFound} A source that is cut otherwise than the rest is not where it was.
 */
export async function cutSources(top: string, folder: string): Promise<void> {
  const members = new Map<string, Set<string>>();
  const idle = new Set(PLACES.flatMap(({ places }) => places));
  const copy = async (path: string): Promise<void> => {
    if ((await Deno.stat(top + path)).isDirectory) {
      await Deno.mkdir(`${folder}/${path}`);
      for await (const { name } of Deno.readDir(top + path)) await copy(`${path}/${name}`);
    } else if (!path.endsWith(".ts")) await Deno.copyFile(top + path, `${folder}/${path}`);
    else {
      const text = cut(path, await Deno.readTextFile(top + path), (place, target, piece) => {
        idle.delete(place);
        if (piece !== undefined) members.set(piece, (members.get(piece) ?? new Set()).add(target));
      });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
  };
  for (const path of SOURCES) await copy(path);
  if (idle.size > 0) {
    throw new Error(`no dynamic import leads to ${[...idle].join(", ")}: name where they are now`);
  }
  for (const path of [CURVE, ALL]) await Deno.stat(top + path); // what is cut otherwise must be there
  await Deno.writeTextFile(`${folder}/later.ts`, LATER);
  for (const [piece, targets] of members) {
    await Deno.writeTextFile(`${folder}/${piece}.ts`, pieceWith([...targets].sort()));
  }
}

/**
 * One source.
 * @param onPlaced  Told of each import that is named which place names its target, and the piece unless it is the first.
 */
function cut(
  path: string,
  source: string,
  onPlaced: (place: string, target: string, piece?: string) => void,
): string {
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
    const { place, piece } = placeOf(target);
    if (place !== undefined) onPlaced(place, target, piece);
    if (piece === undefined) {
      stays = true;
      return `later(() => require("${specifier}"))`;
    }
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
    target === NO_CURVE
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
