/**
 * The shells' side of completion: each script hands the words up to the cursor to `dmsg __complete` and shows
 * the lines that come back, `value` or `value⇥meaning`. Without any the shell proposes file names.
 *
 * @module
 */

/** The shells that have a script. */
export type Shell = "bash" | "zsh" | "fish";

// bash cuts words at "=": `--to = x` is put together again. 3.2, as macOS has it, knows no mapfile. It gives the word
// as it was typed, and an alias is one only where a line is read: `eval` reads one, with what was typed quoted.
const bash = `# Completion of dmsg for bash. In ~/.bashrc: eval "$(dmsg completion bash)"
_dmsg() {
  local word words=() current=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == = ]] || words+=("$word")
  done
  [[ $current == = ]] && current=
  local program='"$1"'
  alias -- "$1" >/dev/null 2>&1 && program=$1
  COMPREPLY=($(eval "$program"' __complete "\${words[@]}" "$current"' 2>/dev/null | cut -f 1))
}
complete -o default -F _dmsg dmsg
`;

// zsh puts an alias in its place before it completes, so that a program of another name has its own completion; with
// COMPLETE_ALIASES it does not.
const zsh = `#compdef dmsg
# Completion of dmsg for zsh. In ~/.zshrc, after compinit: eval "$(dmsg completion zsh)"
_dmsg() {
  local line
  local -a found program
  program=("\${words[1]}")
  (( \${+aliases[\$program]} )) && program=("\${(@Q)\${(z)aliases[\$program]}}")
  for line in "\${(@f)$("\${program[@]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#found} )); then
    _describe dmsg found
  else
    _files
  fi
}
compdef _dmsg dmsg
`;

const fish = `# Completion of dmsg for fish. Once: dmsg completion fish > ~/.config/fish/completions/dmsg.fish
function __dmsg_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    $program __complete $words (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c dmsg -a '(__dmsg_complete)'
`;

/** The script of each shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };
