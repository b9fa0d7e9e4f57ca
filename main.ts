/**
 * The program: arguments in, exit status out.
 *
 * @module
 */
import { underItsName } from "./cli/args.ts";
import { run } from "./cli/run.ts";

Deno.exit(await run(underItsName([Deno.execPath(), Deno.mainModule], Deno.args)));
