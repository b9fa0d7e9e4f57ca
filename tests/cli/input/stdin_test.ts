import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { isYes, type Read, readHidden, readLine } from "../../../cli/input/stdin.ts";
import { UserError } from "../../../lib/wire/errors.ts";

/** Gives the parts one after the other, then the end. */
function typed(...parts: readonly string[]): Read {
  const left = parts.map((part) => new TextEncoder().encode(part));
  return (into) => {
    const part = left.shift();
    if (part) into.set(part);
    return Promise.resolve(part?.length ?? null);
  };
}

Deno.test("An answer is what was typed up to the line's end, in however many reads it comes", async () => {
  const told: string[] = [];
  strictEqual(await readLine("Sure? ", (text) => void told.push(text), typed("d", "é\r", "\nmore")), "dé");
  strictEqual(await readLine("Sure? ", () => {}, typed("\n")), "");
  strictEqual(await readLine("Sure? ", (text) => void told.push(text), typed("y")), undefined);
  deepStrictEqual(told, ["Sure? ", "Sure? ", "\n"]);
  await rejects(readLine("", () => {}, typed("x".repeat(4096))), UserError);
});

Deno.test("A hidden line ends with Enter; Ctrl+C is an interrupt, Ctrl+D no answer, and the terminal is as before", async () => {
  const hidden = async (...parts: string[]) => {
    const raw: boolean[] = [];
    let interrupted = false;
    const read: Read = (into) =>
      interrupted ? Promise.reject(new Error("the signal's")) : typed(...parts)(into);
    const line = await readHidden(
      "Key: ",
      () => {},
      read,
      () => void (interrupted = true),
      (on) => void raw.push(on),
    )
      .catch((error) => error instanceof UserError ? "no answer" : error.message);
    deepStrictEqual(raw, [true, false]);
    return line;
  };
  deepStrictEqual(await Promise.all([hidden("ab\x7fc\r"), hidden("ab\x03"), hidden("a\x04"), hidden()]), [
    "ac",
    "the signal's",
    "no answer",
    "no answer",
  ]);
});

Deno.test("An answer is yes only when it says so", () => {
  deepStrictEqual(["y", "Y", "yes", " YES ", "", "n", "yo", "ye s", undefined].map(isYes), [
    ...Array(4).fill(true),
    ...Array(5).fill(false),
  ]);
});

Deno.test("Nothing asks by the runtime's own questions, which no signal ends", async () => {
  const top = new URL("../../../", import.meta.url);
  const askers: string[] = [];
  const look = async (directory: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(directory, top))) {
      const path = `${directory}${name}`;
      if (isDirectory) await look(`${path}/`);
      else if (/(?<![.\w])(confirm|prompt|alert)\(/.test(await Deno.readTextFile(new URL(path, top)))) {
        askers.push(path);
      }
    }
  };
  for (const room of ["cli/", "tui/"]) await look(room);
  deepStrictEqual(askers, []);
});
