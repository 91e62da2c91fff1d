# Shared by the tests of the command line: makes captures, runs the program, compares. Sourced with the program as $1.
# Every comparison that fails is said; `finish` turns them into the exit status.
set -u
vhsup=$(readlink -f "$1")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
faults=0
slower=${VHSUP_TEST_SLOWER:-1} # than without sanitizers, at most

fault() { echo "FAULT $*" >&2; faults=$((faults + 1)); }

# make NAME ffmpeg-arguments...: a capture; without it the test means nothing.
make() {
    local name=$1
    shift
    ffmpeg -v error -nostdin -y "$@" "$name" </dev/null || { echo "the capture $name cannot be made" >&2; exit 1; }
}

# A moving picture at the field rate, as libavfilter sources: $1 size, $2 rate, $3 seconds.
motion() { echo "testsrc2=s=$1:r=$2:d=$3"; }

# A capture of the PAL kind, $1 seconds; a smaller one of the same shape where sanitizers make every sample dear. Both make 384x288.
pal_size=720x576 pal_sar=16/15
[ "$slower" = 1 ] || pal_size=352x288 pal_sar=12/11
interlaced() { echo "$(motion $pal_size 50 "$1"),tinterlace=interleave_top,setfield=tff,setsar=$pal_sar"; }

# run STATUS arguments...: the program has to end with that status; what it says goes to said, results to results.
run() {
    local wanted=$1 got
    shift
    timeout $((120 * slower)) "$vhsup" "$@" --progress none >results 2>said </dev/null
    got=$?
    [ "$got" = "$wanted" ] || fault "status $got instead of $wanted: vhsup $*: $(tail -n 3 said)"
}

# says WORDS: the last run's messages hold these words.
says() { grep -qF -- "$1" said || fault "not said: \"$1\" but: $(tail -n 3 said)"; }

# What ffprobe says of one stream ("v:0") or of the "format", kept: asking once is enough.
facts() {
    local kept="$work/.facts/$1.$2" what=(-show_streams -select_streams "$2")
    [ "$2" = format ] && what=(-show_format)
    [ "$2" = format ] || [ "${3:-}" != packets ] || { what=(-show_packets -select_streams "$2"); kept=$kept.packets; }
    if [ ! "$kept" -nt "$1" ]; then
        mkdir -p "$(dirname "$kept")"
        ffprobe -v error -of default=nw=1 "${what[@]}" "$1" >"$kept" 2>&1
    fi
    cat "$kept"
}

# probe FILE SELECTOR KEY: one value, "" when there is none; tags are TAG:name.
probe() { facts "$1" "$2" | awk -v k="$3=" 'index(tolower($0), tolower(k)) == 1 { print substr($0, length(k) + 1); exit }'; }

# is NAME GOT WANTED
is() { [ "$2" = "$3" ] || fault "$1: $2 instead of $3"; }

# near NAME GOT WANTED TOLERANCE: numbers.
near() {
    awk -v a="$2" -v b="$3" -v t="$4" 'BEGIN { d = a - b; exit !(a != "" && d <= t && -d <= t) }' ||
        fault "$1: $2 instead of $3 (within $4)"
}

# Packets of the picture: one each.
pictures() { facts "$1" v:0 packets | grep -c '^codec_type=video'; }

# First presentation time of a stream's packets, when the last one ends, and what of the first is not to be heard (an encoder's
# priming), in seconds.
times() {
    facts "$1" "$2" packets | awk -F= -v rate="$(probe "$1" "$2" sample_rate)" '
        $1 == "pts_time" && $2 != "N/A" { t = $2; if (first == "" || t < first) { first = t; skip = 0 } }
        $1 == "skip_samples" && t == first { skip = $2 }
        $1 == "duration_time" { e = t + ($2 == "N/A" ? 0 : $2); if (e > last) last = e }
        END { print first, last, skip ? skip / rate : 0 }'
}
first_time() { times "$1" "$2" | cut -d" " -f1; }
end_time() { times "$1" "$2" | cut -d" " -f2; }
heard_time() { times "$1" "$2" | awk '{ print $1 + $3 }'; }

# When sound is first heard, in seconds of the file: what a listener gets, whatever the time stamps of priming samples say.
heard_from() {
    ffmpeg -v info -nostdin -i "$1" -map a:0 -af "aresample=async=1:first_pts=0,silencedetect=n=-30dB:d=0.01" -f null - 2>&1 |
        awk '/silence_end/ { for (i = 1; i <= NF; i++) if ($i == "silence_end:") { print $(i + 1); exit } }'
}

# check NAME OUT PICTURES RATE WIDTH HEIGHT: what every result has to be.
check() {
    [ -s "$2" ] || { fault "$1: no output"; return; }
    is "$1 pictures" "$(pictures "$2")" "$3"
    near "$1 rate" "$(probe "$2" v:0 avg_frame_rate | awk -F/ '{ print $1 / $2 }')" "$4" 0.01
    is "$1 size" "$(probe "$2" v:0 width)x$(probe "$2" v:0 height)" "$5x$6"
    is "$1 sample shape" "$(probe "$2" v:0 sample_aspect_ratio)" 1:1
    is "$1 fields" "$(probe "$2" v:0 field_order)" progressive
    near "$1 length" "$(end_time "$2" v:0)" "$(awk -v n="$3" -v r="$4" -v s="$(first_time "$2" v:0)" 'BEGIN { print s + n / r }')" 0.006
    for tag in color_space color_transfer color_primaries color_range; do
        case $(probe "$2" v:0 $tag) in unknown | "") fault "$1: $tag is not tagged" ;; esac
    done
}

# same_offset NAME IN OUT [TOLERANCE]: sound against picture at the start within 1 ms (and what containers round), at the end
# within one frame of the source.
same_offset() {
    local in_gap out_gap in_end out_end frame start=first_time # copied packets keep their times
    [ "$(probe "$2" a:0 codec_name)" = "$(probe "$3" a:0 codec_name)" ] || start=heard_time
    frame=$(probe "$2" v:0 avg_frame_rate | awk -F/ '{ print $2 / $1 + 0.0001 }')
    in_gap=$(awk -v a="$($start "$2" a:0)" -v v="$(first_time "$2" v:0)" 'BEGIN { print a - v }')
    out_gap=$(awk -v a="$($start "$3" a:0)" -v v="$(first_time "$3" v:0)" 'BEGIN { print a - v }')
    near "$1 sound start" "$out_gap" "$in_gap" "${4:-0.0011}"
    in_end=$(awk -v a="$(end_time "$2" a:0)" -v v="$(end_time "$2" v:0)" 'BEGIN { print a - v }')
    out_end=$(awk -v a="$(end_time "$3" a:0)" -v v="$(end_time "$3" v:0)" 'BEGIN { print a - v }')
    near "$1 sound end" "$out_end" "$in_end" "$frame"
}

# Nothing unfinished may lie about.
tidy() { [ -z "$(find . -name '*.vhsup-part')" ] || fault "left: $(find . -name '*.vhsup-part')"; }

finish() {
    tidy
    [ "$faults" = 0 ] && echo "all as expected"
    exit $((faults > 0))
}
