/** Every example of every help page is a command line that its command takes. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { type Command, type RouteMap, run } from "@stricli/core";
import { applicationWith, withBareCommand } from "../../cli/application.ts";
import { commands } from "../../cli/commands/mod.ts";
import type { Context } from "../../cli/context.ts";

type Target = Command<Context> | RouteMap<Context>;

const isGroup = (target: Target): target is RouteMap<Context> => "getRoutingTargetForInput" in target;

/** A page, and those below it. */
function pages(target: Target): Target[] {
  if (!isGroup(target)) return [target];
  return [target, ...target.getAllEntries().flatMap((entry) => pages(entry.target as Target))];
}

/** The first cells under EXAMPLES: what is to be typed. */
function examplesOf(target: Target): string[] {
  const page = target.formatHelp({ prefix: ["dmsg"] } as unknown as Parameters<Target["formatHelp"]>[0]);
  const [, table] = page.split("\nEXAMPLES\n");
  return table.trimEnd().split("\n").map((row) => row.slice(2).split(/ {2,}/)[0]);
}

/** The words of each `dmsg …` of a shell line; what is written to files or by other programs is left out. */
function wordsOf(line: string): string[][] {
  const words = [...line.matchAll(/"\$\([^)]*\)"|"([^"]*)"|'([^']*)'|([^\s"']+)/g)]
    .map(([all, double, single, plain]) => double ?? single ?? plain ?? all);
  const all: string[][] = [[]];
  for (const word of words) {
    if (["|", "||", "&&", ";"].includes(word)) all.push([]);
    else all.at(-1)!.push(word);
  }
  const files = ["<", ">"];
  return all.filter(([program]) => program === "dmsg")
    .map(([, ...args]) => args.filter((word, i) => !files.includes(word) && !files.includes(args[i - 1])));
}

/** What the parser says of a command line; empty when the command would run. */
async function complaintOf(args: readonly string[]): Promise<string> {
  const { default: loaded, bare } = await commands[args[0]].load();
  const [, ...rest] = withBareCommand(args, bare);
  let target: Target = loaded;
  while (isGroup(target)) target = target.getRoutingTargetForInput(rest.shift()!) as Target;
  const silent: Command<Context> = { ...target, loader: () => Promise.resolve(() => undefined) };
  let said = "";
  const stream = { write: (text: string) => void (said += text) };
  const process = { stdout: stream, stderr: stream, exitCode: 0 };
  await run(applicationWith(args[0], silent, {}), [args[0], ...rest], { process } as unknown as Context);
  return said;
}

Deno.test("Every example of every help page is taken by its command", async () => {
  const refused: string[] = [];
  let count = 0;
  for (const { load } of Object.values(commands)) {
    for (const example of pages((await load()).default).flatMap(examplesOf)) {
      const key = `02${"ab".repeat(32)}`;
      for (const args of wordsOf(example.replace(/\bPK\b|02ab…/g, key))) {
        count++;
        const complaint = await complaintOf(args);
        if (complaint !== "") refused.push(`${example}: ${complaint.trim()}`);
      }
    }
  }
  deepStrictEqual(refused, []);
  ok(count > 150, `${count} examples are few: the pages were not read`);
});

Deno.test("No sentence of a help page has two blanks between its words: it would be broken as a row of a table", async () => {
  for (const { load } of Object.values(commands)) {
    for (const page of pages((await load()).default as Target)) {
      const text = page.formatHelp({ prefix: ["dmsg"] } as unknown as Parameters<Target["formatHelp"]>[0]);
      const [sentences] = text.split("\n\nUSAGE\n");
      deepStrictEqual(sentences.split("\n").filter((line) => /\S {2,}\S/.test(line)), []);
    }
  }
});

Deno.test("No argument whose value can be refused has the name of a flag: a complaint names flags with their dashes", async () => {
  const both: string[] = [];
  for (const { load } of Object.values(commands)) {
    for (const page of pages((await load()).default as Target).filter((page) => !isGroup(page))) {
      const { flags = {}, positional } = (page as Command<Context>).parameters as Tables;
      const { parameters = [], parameter } = positional ?? {};
      for (const { parse, placeholder } of [...parameters, ...parameter ? [parameter] : []]) {
        if (parse !== String && placeholder in flags) both.push(placeholder);
      }
    }
  }
  deepStrictEqual(both, []);
});

/** What of stricli's parameters names flags and arguments. */
interface Tables {
  readonly flags?: object;
  readonly positional?: { readonly parameters?: readonly Argument[]; readonly parameter?: Argument };
}

interface Argument {
  readonly parse: unknown;
  readonly placeholder: string;
}

Deno.test("How many are shown is asked with one letter in every command", async () => {
  const pagesWith: string[] = [];
  for (const { load } of Object.values(commands)) {
    for (const page of pages((await load()).default as Target)) {
      const text = page.formatHelp({ prefix: ["dmsg"] } as unknown as Parameters<Target["formatHelp"]>[0]);
      pagesWith.push(...text.split("\n").filter((line) => /^ .*--limit N/.test(line)));
    }
  }
  deepStrictEqual(pagesWith.filter((line) => !line.startsWith("  -n, --limit N")), []);
  ok(pagesWith.length > 5, `${pagesWith.length} are few: the pages were not read`);
});
