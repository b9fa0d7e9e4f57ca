// Started by `dmsg bot run` in the demos: NAME. Greets a group, and answers all that is said there.
import process from "node:process";
import { createInterface } from "node:readline";

const [name] = Deno.args;
const say = (line: Record<string, unknown>): void => console.log(JSON.stringify(line));
for await (const line of createInterface({ input: process.stdin })) {
  const { type, cursor, text, conversations = [] } = JSON.parse(line);
  for (const conversation of conversations) {
    say({
      do: "send",
      id: `hello ${conversation}`,
      conversation,
      text: `This is ${name}. All in here are answered.`,
    });
  }
  if (type === "message") say({ do: "reply", id: `r${cursor}`, cursor, text: `${name} heard: ${text}` });
}
