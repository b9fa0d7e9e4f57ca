#!/usr/bin/env bash
# @stricli/core 1.3.0 (npm): the parser of a command line.
#
# It tells flags from arguments by their whole text, the value included. A known flag whose value is empty or has a
# line break, a short flag with its value attached, and a long name of one letter are no flags for it but *arguments*,
# without a complaint: `send --wait="$UNSET" hello` has two arguments, the first "--wait=". An unknown name of the usual
# shape is refused, so a program that was tried with one seems to be safe.
#
# Seen (2026-11, node 20.20.2), each beside the flag --wait, -w with a number:
#   --wait=5      wait=5 arguments=[]
#   --wait=       arguments=["--wait="]
#   --wait ""     wait=0 arguments=[]
#   -w=           arguments=["-w="]
#   -w5           arguments=["-w5"]
#   -5            arguments=["-5"]
#   --w           arguments=["--w"]
#   --wait:5      arguments=["--wait:5"]
#   --other       No flag registered for --other
#
# Needs node and npm. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @stricli/core@1.3.0 >/dev/null
cat > finding.mjs <<'JS'
import { buildApplication, buildCommand, numberParser, run } from "@stricli/core";

const lines = [];
const print = { write: (text) => lines.push(text.trim()) };
const command = buildCommand({
  docs: { brief: "a command" },
  parameters: {
    flags: { wait: { kind: "parsed", parse: numberParser, optional: true, brief: "a number" } },
    aliases: { w: "wait" },
    positional: { kind: "array", parameter: { parse: String, brief: "an argument" } },
  },
  func: ({ wait }, ...args) =>
    print.write(`${wait === undefined ? "" : `wait=${wait} `}arguments=${JSON.stringify(args)}`),
});
const application = buildApplication(command, { name: "finding", documentation: { disableAnsiColor: true } });
const cases = [["--wait=5"], ["--wait="], ["--wait", ""], ["-w="], ["-w5"], ["-5"], ["--w"], ["--wait:5"], ["--other"]];
for (const args of cases) {
  await run(application, args, { process: { stdout: print, stderr: print } });
  console.log(args.map((arg) => arg || '""').join(" ").padEnd(14) + lines.splice(0).join(" "));
}
JS
seen=$(node finding.mjs)
echo "$seen"
expected='--wait=5      wait=5 arguments=[]
--wait=       arguments=["--wait="]
--wait ""     wait=0 arguments=[]
-w=           arguments=["-w="]
-w5           arguments=["-w5"]
-5            arguments=["-5"]
--w           arguments=["--w"]
--wait:5      arguments=["--wait:5"]
--other       No flag registered for --other'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
