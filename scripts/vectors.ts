// deno run --no-prompt --allow-read scripts/vectors.ts [DIR]     (or: deno task vectors [DIR])
/**
 * Runs our code against a folder of vector files, by default tests/vectors. Prints each file and group with its
 * counts, what has no runner yet, what a file lacks, the first failing cases, and as the last line
 * `N passed, N failed`.
 * Exit status: 0 all passed, 1 something failed, 2 the folder can't be read.
 *
 * @module
 */
import { failing, type Failure, type GroupPlan, planFile, reasonOf, runCases } from "../tests/vectors/run.ts";
import { tableFor } from "../tests/vectors/table.ts";

/** Failing cases that are named one by one; the counts hold all of them. */
const NAMED_FAILURES = 10;

/** Names of the folder's vector files, sorted. */
async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory && entry.name.endsWith(".json")) names.push(entry.name);
  }
  return names.sort();
}

/** What is to be done about one file; one that is no JSON is a failure, not a reason to stop. */
async function plansOf(folder: string, file: string): Promise<GroupPlan[]> {
  const text = await Deno.readTextFile(`${folder}/${file}`);
  try {
    const content = JSON.parse(text);
    return planFile(file, content, tableFor(file, content));
  } catch (error) {
    return [failing(file, "(file)", `not JSON: ${reasonOf(error)}`)];
  }
}

async function main(folder: string): Promise<number> {
  const plans: GroupPlan[] = [];
  try {
    const files = await filesIn(folder);
    if (files.length === 0) throw new Error("it has no .json file");
    for (const file of files) plans.push(...await plansOf(folder, file));
  } catch (error) {
    console.error(`Cannot read vectors from "${folder}": ${reasonOf(error)}`);
    return 2;
  }
  let passed = 0;
  const failures: Failure[] = [];
  for (const plan of plans) {
    if (plan.kind === "uncovered") {
      console.log(`not covered yet: ${plan.file} ${plan.group} (${plan.entries} entries)`);
      continue;
    }
    if (plan.kind === "missing") {
      console.log(`not in the file: ${plan.file} ${plan.group}`);
      continue;
    }
    const result = await runCases(plan);
    passed += result.passed;
    failures.push(...result.failures);
    console.log(`${plan.file} ${plan.group}: ${result.passed} passed, ${result.failures.length} failed`);
  }
  for (const { file, group, name, reason } of failures.slice(0, NAMED_FAILURES)) {
    console.log(`FAILED ${file} ${group} / ${name}: ${reason}`);
  }
  if (failures.length > NAMED_FAILURES) console.log(`… and ${failures.length - NAMED_FAILURES} more`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length > 0 ? 1 : 0;
}

if (import.meta.main) {
  const home = new URL("../tests/vectors", import.meta.url).pathname;
  Deno.exit(await main(Deno.args[0] ?? home));
}
