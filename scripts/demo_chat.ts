// deno task demo:chat
/**
 * Opens `dmsg chat` on a private network with two people who answer. Keeps nothing.
 *
 * @module
 */
import { makeTemporaryDirectory } from "../lib/sys/temporary.ts";
import { ANSWERING, Child, command, MAIN, makeIdentity } from "./demo_parts.ts";

/** Starts everything, leaves the terminal to the chat, and cleans up. */
async function demo(): Promise<number> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    console.error("deno task demo:chat needs a terminal; deno task demo needs none.");
    return 2;
  }
  const dir = await makeTemporaryDirectory("dmsg-demo-");
  const children: Child[] = [];
  const start = (args: string[]): Child => {
    const child = new Child(args);
    children.push(child);
    return child;
  };
  const stop = (): void => {}; // the chat ends by itself; we clean up after it
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(name, stop);
  // What the user has set up for other networks must not get in here.
  for (const name of ["DMSG_SK", "DMSGCURL_SK", "DMSG_DISCOVERY", "DMSG_STORE"]) Deno.env.delete(name);
  Deno.env.set("XDG_CONFIG_HOME", dir);
  try {
    console.log("Starting a private network and two people …");
    const addresses = ["--discovery-address", "127.0.0.1:0", "--server-address", "127.0.0.1:0"];
    const network = await start([MAIN, "serve", "--json", "--data-dir", dir, ...addresses]).next();
    const { discovery } = network as { discovery: string };
    const who = (name: string): string[] => ["--identity", name, "--data-dir", dir];
    const you = await makeIdentity("you", dir);
    for (const name of ["alice", "bob"]) {
      const added = await command([MAIN, "alias", "add", name, await makeIdentity(name, dir)], "null")
        .output();
      if (!added.success) throw new Error(new TextDecoder().decode(added.stderr));
      await start([ANSWERING, name, discovery, dir, ...(name === "alice" ? [you] : [])]).next();
    }
    const chat = command([MAIN, "chat", ...who("you"), "--discovery", discovery], "inherit").spawn();
    return (await chat.status).code;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    for (const child of children) console.error(child.complaints);
    return 1;
  } finally {
    for (const child of children.reverse()) await child.end();
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.exit(await demo());
