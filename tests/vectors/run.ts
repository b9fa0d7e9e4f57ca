/**
 * Turns vector files into cases and runs them. Pure: it is given parsed JSON and reads nothing itself.
 *
 * @module
 */
import type { GroupRunner, VectorCase } from "./types.ts";

/** What is known of one vector file. */
export interface FileTable {
  /** Runners by group name. */
  readonly groups: Readonly<Record<string, GroupRunner>>;
  /** Groups that belong to rooms which are not written yet. */
  readonly later: readonly string[];
  /** Members that hold no cases: material that groups refer to. Members that are a plain text never do. */
  readonly notGroups: readonly string[];
}

/** What is to be done about one group of a file. */
export type GroupPlan =
  | { readonly kind: "cases"; readonly file: string; readonly group: string; readonly cases: VectorCase[] }
  | { readonly kind: "uncovered"; readonly file: string; readonly group: string; readonly entries: number }
  | { readonly kind: "missing"; readonly file: string; readonly group: string };

/** A condition that does not hold. */
export interface Failure {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly reason: string;
}

/** The outcome of one group's cases. */
export interface GroupResult {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/**
 * Finds the cases of a file.
 * @param file  The file's name without its folder.
 * @param content  Its parsed JSON.
 * @param known  What the table says about this file; undefined when it knows nothing.
 * @returns A plan for each group, in the file's order, then for those that have a runner and are not in the file.
 *   A group that can't be understood is a case that fails.
 */
// deno-lint-ignore no-explicit-any
export function planFile(file: string, content: any, known: FileTable | undefined): GroupPlan[] {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    return [failing(file, "(file)", "a vector file is a JSON object with one member per group")];
  }
  const plans: GroupPlan[] = [];
  for (const [group, value] of Object.entries(content)) {
    if (known && Object.hasOwn(known.groups, group)) {
      plans.push(planGroup(file, group, known.groups[group], content));
    } else if (typeof value === "string" || known?.notGroups.includes(group)) {
      continue;
    } else if (!known || known.later.includes(group)) {
      plans.push({ kind: "uncovered", file, group, entries: countEntries(value) });
    } else {
      plans.push(failing(file, group, "no runner knows this group"));
    }
  }
  for (const group of Object.keys(known?.groups ?? {})) {
    if (!Object.hasOwn(content, group)) plans.push({ kind: "missing", file, group });
  }
  return plans;
}

// deno-lint-ignore no-explicit-any
function planGroup(file: string, group: string, runner: GroupRunner, content: any): GroupPlan {
  try {
    const cases = runner(content[group], content);
    if (cases.length === 0 && countEntries(content[group]) > 0) {
      return failing(file, group, "the runner found no case in a group that has entries");
    }
    return { kind: "cases", file, group, cases };
  } catch (error) {
    return failing(file, group, `shape not understood: ${reasonOf(error)}`);
  }
}

/** A plan of one case that always fails, so that nothing is passed over in silence. */
export function failing(file: string, group: string, reason: string): GroupPlan {
  return { kind: "cases", file, group, cases: [{ name: "(whole)", run: () => fail(reason) }] };
}

const fail = (reason: string): never => {
  throw new Error(reason);
};

/** A case takes milliseconds; the longest recorded conversation a few seconds. */
const CASE_MS = 20_000;

/** A case that waits for something which never comes fails: without a timer the program would end with it. */
async function ends(run: () => void | Promise<void>, mostMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waits for ever, or takes longer than ${mostMs} ms`)),
      mostMs,
    );
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a plan's cases one after the other. @param caseMs  Longest time of one. */
export async function runCases(
  plan: GroupPlan & { kind: "cases" },
  caseMs: number = CASE_MS,
): Promise<GroupResult> {
  const failures: Failure[] = [];
  for (const { name, run } of plan.cases) {
    try {
      await ends(run, caseMs);
    } catch (error) {
      failures.push({ file: plan.file, group: plan.group, name, reason: reasonOf(error) });
    }
  }
  return { passed: plan.cases.length - failures.length, failures };
}

/** One line of an error, short enough for a list. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").map((part) => part.trim()).filter((part) => part !== "").join(" ");
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** How many entries a group holds: what its lists hold together, or its members when it has no list. */
export function countEntries(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null) return 1;
  const lists = Object.values(value).filter(Array.isArray);
  if (lists.length > 0) return lists.reduce((sum, list) => sum + list.length, 0);
  return Object.values(value).filter((member) => typeof member === "object" && member !== null).length || 1;
}
