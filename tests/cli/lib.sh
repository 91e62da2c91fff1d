# Helpers of the command-line transcripts: sourced by test_*.sh. The program is $VHSUP; each test runs in an empty folder of
# its own, with no presets of the user's, in the C locale. ffmpeg makes what media a test needs.
set -u
export LC_ALL=C XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME=/dev/null HOME="$PWD" # no cache: it has a test of its own
failures=0

fail()
{
  failures=$((failures + 1))
  echo "FAILED: $*" >&2
  sed 's/^/  out: /' out.txt | head -20 >&2
  sed 's/^/  err: /' err.txt | head -20 >&2
}

# expect STATUS ARGUMENT...: runs vhsup; its output is in out.txt and err.txt.
expect()
{
  wanted=$1
  shift
  last="vhsup $*"
  "$VHSUP" "$@" >out.txt 2>err.txt </dev/null
  got=$?
  [ "$got" = "$wanted" ] || fail "$last: status $got, $wanted expected"
}

# The whole standard error, or standard output, is this text.
err_is()
{
  [ "$(cat err.txt)" = "$1" ] || fail "$last: standard error is not '$1'"
}

out_is()
{
  [ "$(cat out.txt)" = "$1" ] || fail "$last: standard output is not '$1'"
}

# A line of it matches this basic regular expression.
err_has()
{
  grep -q -e "$1" err.txt || fail "$last: nothing on standard error matches '$1'"
}

out_has()
{
  grep -q -e "$1" out.txt || fail "$last: nothing on standard output matches '$1'"
}

is()
{
  [ "$1" = "$2" ] || fail "$3: '$1', expected '$2'"
}

# Nothing but these files is in the folder.
only_files()
{
  found=$(ls -A | grep -v -e '^out.txt$' -e '^err.txt$' | sort | tr '\n' ' ')
  [ "$found" = "$1" ] || fail "$last: files '$found', expected '$1'"
}

finish()
{
  [ "$failures" = 0 ] || exit 1
  exit 0
}
