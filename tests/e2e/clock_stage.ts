/**
 * Real processes whose wall clock is put off.
 *
 * @module
 */
import { RUN_ARGS } from "../../scripts/release.ts";
import { newStage, type Stage } from "../script/script.ts";

/** A day. */
export const DAY_MS = 86_400_000;

/** The program with a wall clock that a file in its home directory puts off; a process reads it when it starts. */
export async function clockStage(): Promise<Stage & { putOff(ms: number): Promise<void> }> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/clock.js`,
    `const now = Date.now;
     let off = 0;
     try { off = Number(Deno.readTextFileSync("${folder}/off")); } catch { /* it is right */ }
     Date.now = () => now() + off;`,
  );
  const main = `${import.meta.dirname}/../../main.ts`;
  const stage = await newStage([
    Deno.execPath(),
    ...RUN_ARGS,
    "--cached-only",
    "--preload",
    `${folder}/clock.js`,
    main,
  ]);
  return {
    ...stage,
    putOff: (ms) => Deno.writeTextFile(`${folder}/off`, `${ms}`),
    [Symbol.asyncDispose]: async () => {
      await stage[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
