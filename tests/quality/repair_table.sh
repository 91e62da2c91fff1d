#!/bin/sh
# Prints the table of repairs over made tapes and says of each whether it holds: before, with its repair forced off, after.
#
#   tests/quality/repair_table.sh BUILD [FILTER...]
#
# BUILD is a build folder in which `cmake --build BUILD --target repair_table` was run. A row is "FAULT CLIP"; a FILTER keeps the
# rows that begin with it ("jitter", "clean pal", "halo n1_walk"). Clips: the demo scene as `pal` and `ntsc`; the truths of CLIPS=
# (default ../shared/clips beside the project) where they are; `shots`, four scenes of the truth table one after the other (525 lines, 192
# pictures whatever FIELDS says), for what no single scene can tell. Whole tapes and clean footage stand on all of ROWS_CLIPS=, single faults on
# those of ONE_CLIPS=. FIELDS= is their length (default 36), WORK= keeps the intermediate files, OPTIONS= goes to every restore.
# All of it takes about ten minutes on two cores; pieces by FILTER add up to the same.
#
# Each fault stands on an otherwise perfect tape (`simulate --tape-speed clean`), so whatever is lost is its own. Lines:
#   before  the tape deinterlaced, nothing repaired
#   off     everything that was measured repaired, but for this fault's own repair
#   after   everything that was measured repaired
# Columns: PSNR Y U V (dB), SSIM-Y, what is left of jitter (px), chroma delay (px, field lines), gain (%) and halo (%); see repair_score.c.
# A measured delay (delay-x, delay-y) is judged as a measurement can be: against what the same detector finds on the clip without any fault, since
# colour that lies beside its luma in the scene itself is nobody's fault ("own" in the verdict; the columns stay plain).
# A row passes when its figure is better after than off, and within its limit where it has one. Clean rows pass when no
# PSNR falls by 0.05 dB or more; a row "on/REPAIR" forces that repair on clean footage.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
shift
vhsup=$build/vhsup
for tool in "$vhsup" "$build/tests/repair_score" "$build/tests/scene_clip" "$build/tests/truth_table"; do
    [ -x "$tool" ] || { echo "$0: $tool is missing: run cmake --build $build --target repair_table" >&2; exit 2; }
done
clips=${CLIPS:-$root/../shared/clips}
fields=${FIELDS:-36}
work=${WORK:-$(mktemp -d)}
[ -n "${WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
names=${ROWS_CLIPS:-pal ntsc n1_walk p2_towers}
one=${ONE_CLIPS:-pal n1_walk}
failed=0

# FAULT | options of simulate | what forces its repair off | options of all three runs | figure | limit | crop
# Figures: Y U V S (SSIM) jitter x y (delays) gain halo, - (nothing may be lost); several, by commas, must all be better.
rows() {
    cat <<'ROWS'
clean||--repair none||-||
clean-camera|--tape-camera 121|--repair none||-||
on/flagging||--flagging off|--flagging on|-||
on/line-sync||--line-sync off|--line-sync on|-||
on/dropouts||--dropouts off|--dropouts on|-||
on/flicker||--flicker off|--flicker on|-||
on/dot-crawl||--dot-crawl off|--dot-crawl on|-||
on/bounce||--bounce off|--bounce on|-||
on/dirt||--dirt off|--dirt on|-||
on/levels||--levels off|--levels on|-||
on/dehalo||--dehalo off|--dehalo on|-||
on/rainbow||--rainbow off|--rainbow on|-||
jitter|--tape-jitter 0.7|--line-sync off||jitter|0.25|
jitter-white|--tape-jitter 0.7 --tape-jitter-correlation 0|--line-sync off||jitter|0.25|
jitter-noise|--tape-jitter 0.7 --tape-noise 4|--line-sync off||jitter,Y|0.25|
torn|--tape-torn 5|--line-sync off||Y,jitter||
flagging|--tape-flagging 6 --tape-blanking 10|--flagging off||Y,jitter|0.25|8:8:24:24
bounce|--tape-bounce 10 --tape-seed 2|--bounce off||Y,U,V||
sidestep|--tape-sidestep 10 --tape-seed 2|--bounce off||Y,U,V||
head-switch|--tape-head-switch 6 --tape-head-switch-shift 14|--head-switch off||Y||8:0:8:8
tracking|--tape-tracking 24 --tape-tracking-drift 1|--tracking off||Y||
dropouts|--tape-dropouts 4|--dropouts off||Y||
dirt|--tape-dirt 2|--dirt off||Y,U,V||
delay-x|--tape-chroma-delay-x 3|--chroma-shift off||x|0.75|
delay-y|--tape-chroma-delay-y 1|--chroma-shift off||y|0.3|
delay-given|--tape-chroma-delay-x 3 --tape-chroma-delay-y 1|--chroma-shift off|--set chroma.delay_x=3 --set chroma.delay_y=1|x,y|0.1|
dot-crawl|--tape-dot-crawl 0.3|--dot-crawl off||Y,S||
rainbow|--tape-cross-colour 0.6|--rainbow off||U,V||
chroma-noise|--tape-chroma-noise 4 --tape-chroma-bandwidth 0.4|--chroma-restore off||U,V||
luma-bandwidth|--tape-luma-bandwidth 2.4|--equalise off||Y||
halo|--tape-luma-bandwidth 3 --tape-halo 0.12|--equalise off||Y,halo|4|
dehalo|--tape-speed ep|--dehalo off||halo|4|24:24:24:24
flicker|--tape-flicker 0.03|--flicker off||gain|0.7|
head-pair|--tape-head-pair 0.04|--flicker off||gain|0.7|
levels|--tape-setup 7.5|--levels off|--set level.black=32.4|Y||
setup|--tape-setup 7.5|--set level.setup=no --levels off||Y||
noise|--tape-noise 4|--denoise none||Y||
sp|--tape-speed sp|--repair none||Y,U,V||24:24:24:24
lp|--tape-speed lp|--repair none||Y,U,V||24:24:24:24
ep|--tape-speed ep|--repair none||Y,U,V||24:24:24:24
worn|--tape-speed worn|--repair none||Y,U,V||24:24:24:24
ROWS
}

# The truth of a clip, FIELDS pictures long.
truth() {
    out=$work/$1.truth.mkv
    if [ ! -f "$out" ]; then
        case $1 in
        pal | ntsc) "$build/tests/scene_clip" "$1" "$fields" "$out" ;;
        shots) "$build/tests/truth_table" scene 1 00.clean.street.ntsc-tff.interlaced | ffmpeg -v error -i - -c:v ffv1 "$out" ;;
        *) ffmpeg -v error -i "$clips/truth/$1.mkv" -frames:v "$fields" -c:v ffv1 "$out" ;;
        esac
    fi
    echo "$out"
}

restore() { # tape, output, options...
    in=$1 out=$2
    shift 2
    # shellcheck disable=SC2086
    "$vhsup" restore "$in" -o "$out" -y -q --encoder ffv1 --height 0 --sar keep --audio none ${OPTIONS:-} "$@" 2>"$work/log" ||
        { cat "$work/log" >&2; return 1; }
}

# What the row says: worse figures are named. "name before off after" of all figures comes in on stdin.
judge() { # wanted, limit, own delays
    awk -v wanted="$1" -v limit="$2" -v own_x="$3" -v own_y="$4" '
        BEGIN { split("Y U V S jitter x y gain halo", name, " "); for (i in name) column[name[i]] = i + 1 }
        function size(v) { return v < 0 ? -v : v }
        { for (i = 2; i <= 10; i++) f[NR, i] = $i + (i == 7 ? own_x : i == 8 ? own_y : 0) }
        END {
            n = split(wanted, want, ",")
            if (wanted == "-")
                for (i = 2; i <= 4; i++) { if (f[3, i] < f[2, i] - 0.05) bad = bad " " name[i - 1] " loses " f[2, i] - f[3, i] " dB" }
            else
                for (k = 1; k <= n; k++) {
                    c = column[want[k]]
                    if (c <= 5 && f[3, c] <= f[2, c]) bad = bad " " want[k] " does not gain"
                    if (c > 5 && size(f[3, c]) >= size(f[2, c]) && (limit == "" || size(f[2, c]) > limit)) bad = bad " " want[k] " does not fall"
                    if (c > 5 && limit != "" && size(f[3, c]) > limit) bad = bad " " want[k] " above " limit
                }
            own = own_x + own_y == 0 ? "" : sprintf(" (own delay %.2f)", own_x + own_y)
            print (bad == "" ? "PASS" : "FAIL:" bad) own
        }'
}

# What the detector finds on the clip as it is, 0 where it finds nothing: px for x, field lines for y.
own_delay() { # clip, axis
    "$vhsup" simulate "$(truth "$1")" -o "$work/own.mkv" -y -q --no-sound --rate field --tape-speed clean
    "$vhsup" analyze "$work/own.mkv" -o "$work/own.json" -y -q >/dev/null 2>&1
    awk -v key="\"chroma.delay_$2\"" 'index($0, key) { found = 1 } found && /"value":/ { gsub(/[^-+0-9.e]/, "", $2); print $2; exit } END { if (!found) print 0 }' \
        "$work/own.json"
}

has_option() { "$vhsup" help restore 2>&1 | grep -q -e "$1"; }

row() { # fault, clip, simulate options, off, common, figure, limit, crop
    # not `tape`: that is the loop's, and shell functions share their names
    made=$work/tape.mkv clip=$2
    good=$(truth "$clip")
    # shellcheck disable=SC2086
    "$vhsup" simulate "$good" -o "$made" -y -q --no-sound --rate field --tape-speed clean $3
    # shellcheck disable=SC2086
    restore "$made" "$work/before.mkv" --repair none --deinterlace motion || return 1
    # shellcheck disable=SC2086
    restore "$made" "$work/off.mkv" $5 $4 || return 1
    # shellcheck disable=SC2086
    restore "$made" "$work/after.mkv" $5 || return 1
    : >"$work/figures"
    for run in before off after; do
        printf '%s\n' "$("$build/tests/repair_score" "$good" "$work/$run.mkv" "${8:-8:8:8:8}")" >>"$work/figures"
    done
    own_x=0 own_y=0
    case $1 in delay-x) own_x=$(own_delay "$clip" x) ;; delay-y) own_y=$(own_delay "$clip" y) ;; esac
    verdict=$(judge "$6" "$7" "$own_x" "$own_y" <"$work/figures")
    i=0
    for run in before off after; do
        i=$((i + 1))
        sed -n ${i}p "$work/figures" | awk -v fault="$1" -v clip="$clip" -v run="$run" -v verdict="$verdict" '{
            printf "| %-14s | %-9s | %-6s | %5.2f | %5.2f | %5.2f | %.4f | %5.3f | %5.2f | %5.2f | %5.2f | %5.1f | %s |\n",
                run == "before" ? fault : "", run == "before" ? clip : "", run, $2, $3, $4, $5, $6, $7, $8, $9, $10, run == "after" ? verdict : "" }'
    done
    case $verdict in FAIL*) failed=$((failed + 1)) ;; esac
}

wanted() { # "FAULT CLIP", filters...
    text=$1
    shift
    [ $# -gt 0 ] || return 0
    for filter in "$@"; do case $text in "$filter"*) return 0 ;; esac done
    return 1
}

echo '| fault          | clip      | run    | PSNR-Y | PSNR-U | PSNR-V | SSIM-Y | jitter px | delay px | delay lines | gain % | halo % | |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|'
rows >"$work/rows"
while IFS='|' read -r fault tape off common figure limit crop; do
    case $fault in
    clean) clips_of_row="$names shots" ;;
    clean-camera | sp | lp | ep | worn) clips_of_row=$names ;;
    setup) clips_of_row=shots ;; # a scene's own dark looks like setup: several have to end there
    *) clips_of_row=$one ;;
    esac
    for clip in $clips_of_row; do
        case $clip in pal | ntsc | shots) ;; *) [ -f "$clips/truth/$clip.mkv" ] || continue ;; esac
        wanted "$fault $clip" "$@" || continue
        for option in $off $common; do
            case $option in --*) has_option "$option" || { echo "| $fault | $clip | no option $option |"; failed=$((failed + 1)); continue 2; } ;; esac
        done
        row "$fault" "$clip" "$tape" "$off" "$common" "$figure" "$limit" "$crop" </dev/null || { echo "| $fault | $clip | failed |"; failed=$((failed + 1)); }
    done
done <"$work/rows"
echo
echo "$failed rows failed"
[ "$failed" = 0 ]
