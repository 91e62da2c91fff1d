#!/usr/bin/env bash
# What length and observing cost: peak memory of 20 s against 200 s of input, allocations of our own code per picture, CPU time
# of statistics and progress. usage: [SIZE=352x288] tests/bench/memory.sh [BUILD_DIR [length|allocations|observing]...]
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/release}
shift $(($# > 0))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ffmpeg -v error -f lavfi -i "testsrc2=s=${SIZE:-720x576}:r=50:d=20,noise=c0s=12:c0f=t,setsar=16/15" -f lavfi -i sine=d=20:sample_rate=48000 \
    -vf "tinterlace=interleave_top,setfield=tff" -c:v mpeg2video -flags +ildct+ilme -q:v 3 -c:a mp2 "$work/20.ts"
own="restore -y -q --deinterlace bwdif --denoise hqdn3d --repair none --no-analyze --field-order tff --height 0
 --encoder-preset ultrafast -o $work/out.mkv"
own=${own//$'\n'/}

length() {
    echo "== memory: 20 s and 200 s of input"
    for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$work/20.ts"; done >"$work/200.ts"
    "$build/bench/race" -n 1 -w 0 "20 s" "$build/vhsup $own $work/20.ts" "200 s" "$build/vhsup $own $work/200.ts"
}

# Every native stage, and sound encoded; the calls of malloc and its kin whose caller is in our own code.
allocations() {
    echo "== allocations: 1 s and 4 s of input"
    for seconds in 1 4; do
        COUNT_ALLOCATIONS=$work/$seconds LD_PRELOAD=$build/bench/libcount_allocations.so "$build/vhsup" restore "$work/20.ts" --no-analyze \
            -o "$work/out.mkv" -y -q --duration $seconds --field-order tff --height 288 --encoder-preset ultrafast --line-sync on \
            --flicker on --dropouts on --head-switch-lines 4 --chroma-delay-x 4 --equalise on --chroma-restore on \
            --audio-mode none --audio-codec flac
        echo "$seconds s: $(awk '{ n += $1 } END { print n }' "$work/$seconds")"
    done
    join -a 2 -1 2 -2 2 <(sort -k 2 "$work/1") <(sort -k 2 "$work/4") | awk 'NF == 2 { print $2, $1 } NF == 3 && $3 > $2 { print $3 - $2, $1 }' |
        while read -r n at; do echo "  $n more: $(addr2line -fe "$build/vhsup" "$at" | head -n 1)"; done
}

observing() {
    echo "== statistics and progress"
    "$build/bench/race" -n 5 "silent" "$build/vhsup $own $work/20.ts" \
        "observed" "$build/vhsup ${own/ -q/} $work/20.ts --stats $work/stats --metrics $work/metrics --json"
}

[ $# -gt 0 ] || set -- length allocations observing
for part in "$@"; do "$part"; done
