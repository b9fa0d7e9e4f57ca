// deno run -R --allow-run scripts/doc_lint.ts
/**
 * Doc lint of everything exported. References to types of npm packages are not held against us: they are public
 * there, but the linter can't see that. Everything else fails.
 *
 * @module
 */

/** All sources below a folder. */
function* sources(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

const rooms = ["lib", "cli", "tui"].filter((folder) =>
  [...Deno.readDirSync(".")].some(({ name }) => name === folder)
);
const files = ["main.ts", ...rooms.flatMap((folder) => [...sources(folder)])];
const foreign = new Set<string>();
for (const file of files) {
  const text = Deno.readTextFileSync(file);
  for (const [, names] of text.matchAll(/import (?:type )?\{([^}]*)\} from "(?!\.)[^"]+"/g)) {
    for (const name of names.split(",")) foreign.add(name.replace(/\btype\b/, "").split(" as ")[0].trim());
  }
}
const command = new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...files],
  env: { NO_COLOR: "1" },
});
const output = new TextDecoder().decode((await command.output()).stderr);
const blocks = output.split(/^(?=error\[)/m).filter((block) => block.startsWith("error["));
const ours = blocks.filter((block) => {
  const referenced = /^error\[private-type-ref\]: public type '.*' references private type '(\w+)'/.exec(
    block,
  );
  return !(referenced && foreign.has(referenced[1]));
});
if (ours.length > 0) console.log(ours.join(""));
console.log(
  `doc lint: ${files.length} files, ${ours.length} errors, ${
    blocks.length - ours.length
  } references to npm types passed over`,
);
Deno.exit(ours.length === 0 && files.length > 0 ? 0 : 1);
