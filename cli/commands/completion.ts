/**
 * `dmsg completion`: the script that lets a shell complete our command lines.
 *
 * @see cli/completion/completion.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../command.ts";
import { COMPLETION_SCRIPTS, type Shell } from "../completion/scripts.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { outputAliases, type OutputFlags, outputFlags } from "../flags/flags.ts";

const SHELLS = Object.keys(COMPLETION_SCRIPTS) as Shell[];

/** `dmsg completion`. */
const completion: Command<Context> = command({
  brief: "Print the completion script of a shell",
  details: "Completes commands, flags, identities, and peers by alias or key.",
  examples: [
    [`eval "$(dmsg completion bash)"`, "In ~/.bashrc"],
    [`eval "$(dmsg completion zsh)"`, "In ~/.zshrc, after compinit"],
    ["dmsg completion fish > ~/.config/fish/completions/dmsg.fish", "Once"],
  ],
  parameters: {
    flags: outputFlags,
    aliases: outputAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parseShell,
        proposeCompletions: () => SHELLS,
        placeholder: "shell",
        brief: SHELLS.join(", "),
      }],
    },
  },
  run({ print }: Context, { json }: OutputFlags, shell: Shell) {
    const script = COMPLETION_SCRIPTS[shell];
    if (json) print.out("completionScript", { shell, script });
    else print.text(script);
    return Status.done;
  },
});

export default completion;

function parseShell(text: string): Shell {
  if (Object.hasOwn(COMPLETION_SCRIPTS, text)) return text as Shell;
  throw new SyntaxError(`there are scripts for ${SHELLS.join(", ")}`);
}
