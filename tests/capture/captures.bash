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

# Nothing unfinished may lie about.
tidy() { [ -z "$(find . -name '*.vhsup-part')" ] || fault "left: $(find . -name '*.vhsup-part')"; }

finish() {
    tidy
    [ "$faults" = 0 ] && echo "all as expected"
    exit $((faults > 0))
}
