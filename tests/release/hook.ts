// Loaded before the program by permissions_test.ts: tries to run a program whenever a socket is opened.
function attempt(): void {
  try {
    new Deno.Command("true").outputSync();
    console.error("hook: run works");
  } catch (error) {
    console.error(`hook: run is ${(error as Error).name}`);
  }
}

for (const name of ["connect", "listen", "serve"] as const) {
  // deno-lint-ignore no-explicit-any
  const original = Deno[name] as (...args: any[]) => unknown;
  Object.defineProperty(Deno, name, {
    // deno-lint-ignore no-explicit-any
    value: (...args: any[]) => {
      attempt();
      return original(...args);
    },
  });
}
