/**
 * Whether a program can be run, found out before it is: a shell that fails to start one says so in its own words, in the
 * midst of ours.
 *
 * @module
 */
import { systemOs } from "../../lib/sys/paths.ts";

/** Why it can't be run. */
export interface NotRunnable {
  /** In a few words, such as `there is no such program`. */
  readonly why: string;
  /** What a shell ends with: 127 when it is not there, 126 else. */
  readonly status: 126 | 127;
}

/**
 * Looks at `$1` as `exec` would find it; says what is wrong by its status. The first line of a script is looked at too:
 * a missing interpreter is told as if the script were missing.
 */
const LOOK = `case $1 in
*/*) path=$1 ;;
*) path=$(command -v "$1") || exit 10 ;;
esac
case $path in */*) ;; *) exit 0 ;; esac
[ -e "$path" ] || exit 10
[ -d "$path" ] && exit 11
[ -x "$path" ] || exit 12
first=$(head -c 128 "$path" 2>/dev/null | head -n 1 | tr -d '\\000')
case $first in "#!"*) ;; *) exit 0 ;; esac
read -r with rest <<LINE
\${first#??}
LINE
[ -x "$with" ] || exit 13
`;

const PROBLEMS: Readonly<Record<number, NotRunnable>> = {
  10: { why: "there is no such program", status: 127 },
  11: { why: "it is a directory", status: 126 },
  12: { why: "it is not executable; `chmod +x` makes it so", status: 126 },
  13: { why: "its first line names an interpreter that is not there", status: 127 },
};

/** What keeps a program from being run; undefined: nothing that can be seen beforehand. */
export async function problemOf(program: string): Promise<NotRunnable | undefined> {
  if (systemOs === "windows") return undefined;
  const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
  const look = new Deno.Command("/bin/sh", { args: ["-c", LOOK, "dmsg", program], ...streams });
  return PROBLEMS[(await look.output()).code];
}
