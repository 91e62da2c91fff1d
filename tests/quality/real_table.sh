#!/bin/sh
# Prints what is known of real captures beside what `vhsup analyze` finds in them; exits with 1 when they differ.
#
#   tests/quality/real_table.sh VHSUP
#
# CLIPS= is the folder of clips (default ../shared/clips beside the project); what is known of them stands in its README. Needs jq.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
vhsup=$1
clips=${CLIPS:-$root/../shared/clips}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
printf '%-28s %-12s %-12s %-6s %-6s %-9s %-9s %s\n' file "type known" found order found standard found ""

row() { # file, type, order, standard
    "$vhsup" analyze "$clips/$1" -o "$work/p.json" -y >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    value() { jq -r --arg k "$1" '.measurements[$k].value // "-"' "$work/p.json"; }
    verdict=equal
    [ "$(value scan.type) $(value scan.order) $(value standard)" = "$2 $3 $4" ] || verdict=DIFFERS failed=1
    printf '%-28s %-12s %-12s %-6s %-6s %-9s %-9s %s\n' "${1#*/}" "$2" "$(value scan.type)" "$3" "$(value scan.order)" "$4" \
        "$(value standard)" "$verdict"
}

row real/242_4.mkv interlaced tff 525
row real/cropdetect.mp4 interlaced bff 525
row real/mpeg2_field_encoding.mp4 interlaced bff 625
row real/wrong-frame.ts mixed tff 625
for clip in n1_walk n2_graffiti n3_geese p2_towers; do
    case $clip in p*) set -- tff 625 ;; *) set -- bff 525 ;; esac
    row "tape/${clip}_sp.mkv" interlaced "$1" "$2"
    row "tape/${clip}_worn.mkv" interlaced "$1" "$2"
done
exit $failed
