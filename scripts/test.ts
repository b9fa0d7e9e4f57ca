/**
 * Runs the fast tests, or those of the files and folders below tests/ that are named, a file more at once than there are
 * cores: many of them wait for processes and for time. Arguments go to `deno test`; `DENO_JOBS` says another number.
 *
 * @module
 */
const jobs = Deno.env.get("DENO_JOBS") ?? `${navigator.hardwareConcurrency + 1}`;
const isNamed = Deno.args.some((arg) => /^(\.\/)?tests\//.test(arg));
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--no-check", "--parallel", ...isNamed ? [] : ["tests/"], ...Deno.args],
  env: { DENO_JOBS: jobs },
}).spawn().status;
Deno.exit(code);
