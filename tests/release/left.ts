// Started by permissions_test.ts: gives back what a line of the command table does not name, then tries everything.
import { commands } from "../../cli/commands/mod.ts";
import { keepOnly, needsOf } from "../../cli/permissions.ts";

const folder = Deno.makeTempDirSync();
keepOnly(needsOf(commands[Deno.args[0]], Deno.args));

const tries: Record<string, () => unknown> = {
  net: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  read: () => Deno.statSync(folder),
  write: () => Deno.removeSync(folder),
  env: () => Deno.env.get("HOME"),
  sys: async () => (await import("node:fs")).statfsSync("/"),
  run: () => new Deno.Command(Deno.build.os === "windows" ? "hostname" : "true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  import: () => import(["https", "//127.0.0.1:9/x.ts"].join(":")),
};

const left: Record<string, string> = {};
for (const [kind, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    left[kind] = "works";
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    left[kind] = /permission|denied|Requires .* access/i.test(String(error)) ? "NotCapable" : name;
  }
}
if (left.env === "works") {
  try {
    Deno.env.get("PATH");
  } catch {
    left.env = "HOME only";
  }
}
console.log(JSON.stringify(left));
