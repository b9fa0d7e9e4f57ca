#!/bin/sh
# dmsg @VERSION@ for Linux on @MACHINE@: this script, then the program's files (@BUNDLE_BYTES@ bytes from byte @BUNDLE_FROM@),
# then the runtime's package (to the end, from byte @PACKAGE_FROM@). Both are unpacked once into a directory of their
# own. Before each use the program is hashed; the runtime, 90 MB, is hashed again when owner, mode, inode, size or a
# time of its file is not what it was after the last hash.
set -u
mask=$(umask)
umask 077
program=@BUNDLE_HASH@ # of all files in this order
runtime=@RUNTIME_HASH@

fail() {
  printf 'dmsg: %s\nhint: %s\n' "$1" "$2" >&2
  exit 5
}

cache=${XDG_CACHE_HOME:-}
case $cache in
  /*) ;;
  *)
    [ -n "${HOME:-}" ] || fail 'Cannot tell where to unpack: HOME is not set' 'Set HOME or XDG_CACHE_HOME.'
    cache=$HOME/.cache
    ;;
esac
top=$cache/dmsg
dir=$top/@DIRECTORY@
room='It takes 100 MB in a directory that lets programs run; XDG_CACHE_HOME can name another one.'

hash_of() { # files
  sum=$(cat "$@" 2>/dev/null | { sha256sum || shasum -a 256; } 2>/dev/null)
  printf '%s' "${sum%% *}"
}
state_of() { TZ=UTC0 stat -c '%u %a %i %s %y %z' "$1" 2>/dev/null; }
ours() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
program_bytes() { tail -c "+$1" "$0" | head -c "$2"; } # from, how many
runtime_bytes() { tail -c +@PACKAGE_FROM@ "$0" | gzip -dc | tar -xOf - package/deno; }

# Several first runs at once each unpack for themselves: a rename is one step, and all bring the same bytes.
unpack() { # file, hash, command that writes the bytes with its arguments
  [ "$(uname -sm)" = '@UNAME@' ] ||
    fail "This file is for @UNAME@, not for $(uname -sm)" 'Take the file of your machine, or run from source.'
  command -v sha256sum >/dev/null || command -v shasum >/dev/null ||
    fail 'There is neither sha256sum nor shasum here' 'Install coreutils or busybox.'
  find "$dir" -name '.*.new' -mmin +60 -exec rm -f {} + 2>/dev/null
  name=$1 hash=$2 new=$dir/.$1.$$.new
  shift 2
  trap 'rm -f "$new"' EXIT
  # Who starts us in a loop sees the signal itself only when we die of it.
  for signal in INT TERM HUP; do
    trap "trap - EXIT $signal; rm -f \"\$new\"; kill -s $signal \$\$" $signal
  done
  "$@" >"$new" 2>/dev/null && [ "$(hash_of "$new")" = "$hash" ] && chmod 700 "$new" && mv -f "$new" "$dir/$name" ||
    fail "Cannot unpack $name into $dir: the disk is full, or this file is damaged" "$room"
  trap - EXIT INT TERM HUP
}

piece() { # file, bytes, hash: one after the other, as they lie here
  [ "$(hash_of "$dir/$1")" = "$3" ] || unpack "$1" "$3" program_bytes "$from" "$2"
  from=$((from + $2))
}
unpack_program() {
  from=@BUNDLE_FROM@
@BUNDLE_PIECES@
}

if ! ours "$top" || ! ours "$dir"; then
  mkdir -p "$dir" 2>/dev/null && ours "$top" && ours "$dir" && chmod 700 "$top" "$dir" ||
    fail "Cannot use $dir: it can't be made, or belongs to somebody else" "$room"
fi
[ "$(cd "$dir" && hash_of @BUNDLE_NAMES@)" = $program ] || unpack_program
seen=
[ ! -f "$dir/checked" ] || read -r seen <"$dir/checked"
if [ -z "$seen" ] || [ "$seen" != "$(state_of "$dir/deno")" ]; then
  [ "$(hash_of "$dir/deno")" = $runtime ] || unpack deno $runtime runtime_bytes
  "$dir/deno" --version >/dev/null 2>&1 ||
    fail "Cannot run $dir/deno" 'It runs on Linux with glibc 2.27 or later, in a directory that lets programs run.'
  state_of "$dir/deno" >"$dir/.checked.$$.new" && mv -f "$dir/.checked.$$.new" "$dir/checked"
fi

case ${0##*/}:${1:-} in
  dmsgscp:--version | dmsgscp:-V | dmsgscp:__complete) ;;
  dmsgscp:*) set -- scp "$@" ;;
esac
case ${1:-} in
  chat) besides=@CHAT_FLAGS@ ;;
  *) besides= ;;
esac
# Users of services have homes such as /dev/null. The runtime looks for a file there before all else, and ends where it
# can't; a home that is not set is no hindrance to it, nor to us with --data-dir.
home=${HOME:-/}
while [ ! -e "$home" ] && [ "$home" != . ]; do home=$(dirname -- "$home"); done
[ -d "$home" ] && [ -x "$home" ] || export HOME=
umask "$mask"
export DENO_DIR="$dir/cache" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
exec "$dir/deno" @RUN_ARGS@ ${besides:+"$besides"} "$dir/dmsg.mjs" "$@"
