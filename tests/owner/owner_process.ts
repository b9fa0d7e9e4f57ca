// deno run -R -W -N tests/owner/owner_process.ts DIRECTORY MODE: owns an identity until it is killed.
// `write`: keeps a message every 3 ms while it is the owner. `hang`: never answers a send. `quiet`: only owns.
import { FileApp } from "./fake_app.ts";
import { claimant } from "./support.ts";

const [directory, mode] = Deno.args;
const app = await claimant(directory, {
  open: () => {
    const made = new FileApp(`${directory}/log`);
    if (mode === "hang") made.hooks = { after: () => new Promise(() => {}) };
    if (mode === "write") setInterval(() => made.put({ text: String(Deno.pid) }), 3);
    return Promise.resolve(made);
  },
});
console.log(app.role);
setInterval(() => {}, 1000);
