#!/bin/sh
# Does measuring pay? Restores made tapes with measured settings and with the fixed ones of the `vhs` preset (--no-analyze) and scores
# both against the clean scene.
#
#   tests/quality/preset_table.sh BUILD [FILTER]
#
# Tapes are those of truth_table.sh (interlaced ones; FILTER, SET= and WORK= as there). Each is measured whole, as restore does it, then
# FIELDS= pictures of it are restored both ways (default 60). Columns: PSNR-Y, SSIM-Y fixed and measured. Exits with 1 when the mean SSIM is not better measured, or a clean
# tape loses more than 0.05 dB by measuring. Needs ffmpeg and jq.
set -eu
build=$1
filter=${2:-}
set_=${SET:-1}
fields=${FIELDS:-60}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
folder=$work/set$set_
mkdir -p "$folder"
vhsup=$build/vhsup
table=$build/tests/truth_table

make_tape() {
    [ -f "$folder/$1.mkv" ] && return
    "$table" scene "$set_" "$1" | "$vhsup" simulate - -o "$folder/$1.tmp.mkv" -y --truth "$folder/$1.truth.json" \
        $("$table" faults "$set_" "$1") >/dev/null 2>&1
    mv "$folder/$1.tmp.mkv" "$folder/$1.mkv"
}
score() { # name, options
    name=$1
    shift
    "$vhsup" restore "$folder/$name.mkv" -o "$work/out.mkv" -y --preset vhs --sar keep --encoder ffv1 --audio none --duration "$length" \
        "$@" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    "$vhsup" compare "$work/clean.mkv" "$work/out.mkv" --crop 24:24:24:24 --json 2>/dev/null >"$work/score.json"
    jq -r '[.psnr.y, .ssim.y] | @tsv' "$work/score.json"
}

printf '%-40s %8s %8s %8s %8s\n' tape "Y fixed" measured "S fixed" measured
for name in $("$table" list "$set_" "$filter" | grep interlaced); do
    make_tape "$name"
    case $name in *pal*) length=0$(echo "$fields / 50" | bc -l) ;; *) length=0$(echo "$fields * 1001 / 60000" | bc -l) ;; esac
    "$table" scene "$set_" "$name" | ffmpeg -v error -y -i - -frames:v "$fields" -c:v ffv1 "$work/clean.mkv"
    "$vhsup" analyze "$folder/$name.mkv" -o "$work/profile.json" -y >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    fixed=$(score "$name" --no-analyze)
    measured=$(score "$name" --analysis "$work/profile.json")
    echo "$name $fixed $measured"
done | awk '
    { printf "%-40s %8.2f %8.2f %8.4f %8.4f%s\n", $1, $2, $4, $3, $5, $1 ~ /clean/ && $4 < $2 - 0.05 ? "  LOSES" : ""
      if ($1 ~ /clean/ && $4 < $2 - 0.05) lost++
      f += $3; m += $5; n++; better += $5 >= $3 }
    END { printf "mean SSIM %.4f fixed, %.4f measured; better on %d of %d; clean tapes that lose: %d\n", f / n, m / n, better, n, lost
          exit !(m > f && !lost) }'
