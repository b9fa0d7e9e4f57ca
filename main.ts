/**
 * The program: arguments in, exit status out.
 *
 * @module
 */
import { run } from "./cli/run.ts";

Deno.exit(await run(Deno.args));
