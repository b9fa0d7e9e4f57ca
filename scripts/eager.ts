/**
 * Which functions of a bundle are compiled with its file. The runtime keeps the compiled form of a file, but only of
 * what was compiled when the file was read; everything else is parsed again in each process that calls it. V8 takes a
 * function in parentheses for one that is called at once, and compiles it with the rest.
 *
 * @see scripts/README.md "The pieces"
 * @module
 */

/** What the bundler makes of a module that is run when somebody asks for it: `name(()=>{…})`, the name by its helper. */
const HELPER = /(?<![\w$])([\w$]+)=\((\w+),(\w+)\)=>\(\)=>\(\2&&\(\3=\2\(\2=0\)\),\3\)/;

/** Where one may end. */
const END = /\}\)(?=[,;])/g;

/**
 * Puts the code that a module runs into parentheses.
 * @param code  A minified file of the bundler.
 * @returns The same program.
 * @throws {Error} The bundler makes modules otherwise than it did.
 */
export function compiledWithFile(code: string): string {
  const helper = HELPER.exec(code)?.[1];
  if (helper === undefined) throw new Error("the bundler wraps modules otherwise than it did");
  const starts = new RegExp(`(?<![\\w$.])${helper.replaceAll("$", "\\$")}\\(\\(\\)=>\\{`, "g");
  let made = "";
  let done = 0;
  for (let start; (start = starts.exec(code));) {
    const from = start.index + helper.length + 1;
    const to = endOf(code, from);
    made += `${code.slice(done, from)}(function()${code.slice(from + "()=>".length, to)})`;
    done = to;
    starts.lastIndex = to;
  }
  return made + code.slice(done);
}

/** Where the function ends that begins there: of its possible ends the first with which it is one. */
function endOf(code: string, from: number): number {
  END.lastIndex = from;
  for (let end; (end = END.exec(code));) {
    const to = end.index + 1;
    if (isFunction(code.slice(from, to))) return to;
  }
  throw new Error(`what a module runs has no end: ${code.slice(from, from + 60)}`);
}

/** Whether a text is one whole function; nothing of it runs. A cut one ends inside a string, a pattern or a block. */
function isFunction(text: string): boolean {
  try {
    new Function(`"use strict";(${text.replaceAll("import.meta", "import_meta")})`);
    return true;
  } catch {
    return false;
  }
}
