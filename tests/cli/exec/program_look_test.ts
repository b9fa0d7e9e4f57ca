import { deepStrictEqual } from "node:assert/strict";
import { problemOf } from "../../../cli/exec/program_look.ts";

Deno.test("What can't be run is told before it is run, with what a shell ends with", async () => {
  const directory = await Deno.makeTempDir();
  const file = async (name: string, text: string, mode: number): Promise<string> => {
    await Deno.writeTextFile(`${directory}/${name}`, text, { mode });
    return `${directory}/${name}`;
  };
  try {
    const found: unknown[] = [];
    for (
      const program of [
        "sh",
        "/bin/sh",
        await file("good", "#! /bin/sh -e\n", 0o755),
        await file("text with blanks", "echo x\n", 0o755),
        "/no/such/program",
        "no-such-program",
        "$(exit)",
        "",
        directory,
        await file("plain", "#!/bin/sh\n", 0o644),
        await file("odd", "#!/no/such/sh\n", 0o755),
      ]
    ) found.push((await problemOf(program))?.status ?? 0);
    deepStrictEqual(found, [0, 0, 0, 0, 127, 127, 127, 127, 126, 126, 127]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
