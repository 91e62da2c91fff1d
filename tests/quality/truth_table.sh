#!/bin/sh
# Prints the truth table of the detectors: makes tapes with known faults, analyzes each, compares.
#
#   tests/quality/truth_table.sh BUILD [FILTER [DETECTOR]]
#
# BUILD is the build folder (it needs the targets vhsup and truth_table). FILTER: only cases whose name holds it (`truth_table
# list 1` prints the names: group, scene, standard, order, scan); "" = all. DETECTOR: only rows whose name or key holds it, with
# every tape. SET= is the set of seeds (1: detectors were tuned on it; 2 and on: never looked at while tuning), WORK=
# keeps the tapes from run to run, JOBS= processes at once (2), ANALYZE= further options of analyze. Exits with 1 when a line fails.
set -eu
build=$1
filter=${2:-}
detector=${3:-}
set_=${SET:-1}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
folder=$work/set$set_
mkdir -p "$folder"
export build folder set_
export ANALYZE="${ANALYZE:-}"

one='
set -eu
tape=$folder/$1.mkv
if [ ! -f "$tape" ]; then
    "$build/tests/truth_table" scene "$set_" "$1" |
        "$build/vhsup" simulate - -o "$folder/$1.tmp.mkv" -y --threads 1 --truth "$folder/$1.truth.json" \
            $("$build/tests/truth_table" faults "$set_" "$1") >/dev/null 2>"$folder/$1.log" || { cat "$folder/$1.log" >&2; exit 1; }
    mv "$folder/$1.tmp.mkv" "$tape"
fi
case $1 in *.time.*) thorough=--thorough ;; *) thorough= ;; esac
"$build/vhsup" analyze "$tape" -o "$folder/$1.profile.json" -y --no-cache --threads 1 $thorough $ANALYZE >"$folder/$1.txt" 2>"$folder/$1.log" ||
    { cat "$folder/$1.log" >&2; exit 1; }
[ -z "$thorough" ] || "$build/vhsup" restore "$tape" -o "$folder/$1.out.mkv" -y --no-cache --threads 1 --repair none --denoise none --timeline follow \
    --deinterlace yadif --height 0 --encoder ffv1 --json >"$folder/$1.restore.json" 2>"$folder/$1.log" || { cat "$folder/$1.log" >&2; exit 1; }
rm -f "$folder/$1.out.mkv"
'
"$build/tests/truth_table" list "$set_" "$filter" | xargs -P "${JOBS:-2}" -I{} sh -c "$one" one {}
set -- "$set_" "$folder" "$filter"
[ -z "$detector" ] || set -- "$@" "$detector"
"$build/tests/truth_table" report "$@"
