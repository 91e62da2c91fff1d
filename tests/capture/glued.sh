#!/usr/bin/env bash
# A transport stream glued from several, whose time stamps start anew: nothing of picture and sound is lost, and they stay in step.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --preset none)

# part NAME SECONDS TONE LENGTH-OF-SOUND arguments...
part() {
    local name=$1 seconds=$2 tone=$3 heard=$4
    shift 4
    make "$name" -f lavfi -i "$(motion 352x288 50 "$seconds"),tinterlace=interleave_top,setfield=tff,setsar=24/11" \
        -f lavfi -i "sine=frequency=$tone:sample_rate=48000:duration=$heard" -c:v mpeg2video -b:v 3M -flags +ildct+ilme -top 1 -c:a ac3 "$@"
}
part a.ts 2 440 2
part b.ts 1.6 880 1.6
part later.ts 1.2 220 1.2 -output_ts_offset 500
cat a.ts b.ts later.ts a.ts >glued.ts

run 0 restore glued.ts -o glued.mkv "${quick[@]}"
says "time stamps jump back by 2.0"
says "time stamps jump forwards by 49"
is "told once each" "$(grep -c 'time stamps jump' said)" 3
is "pictures" "$(pictures glued.mkv)" 170
near "picture ends" "$(end_time glued.mkv v:0)" 6.8 0.05
near "sound ends" "$(end_time glued.mkv a:0)" 6.8 0.05
grep -q -e 'missing frames' -e 'cut short' said && fault "glued.ts: $(tail -n 3 said)"
is "no picture twice or late" "$(facts glued.mkv v:0 packets | awk -F= '$1 == "pts_time" { if (t != "" && ($2 - t < 0.038 || $2 - t > 0.042)) n++; t = $2 } END { print n + 0 }')" 0

# The high tone begins and ends with its pictures, copied and encoded: 2.0 to 3.6 s.
run 0 restore glued.ts -o coded.mkv "${quick[@]}" --audio-codec flac
for file in glued.mkv coded.mkv; do
    ffmpeg -v info -nostdin -i $file -map a:0 -af "bandpass=f=880:width_type=q:w=12,silencedetect=n=-34dB:d=0.2" -f null - 2>heard
    near "$file: the high tone begins" "$(awk '/silence_end/ { for (i = 1; i <= NF; i++) if ($i == "silence_end:") { print $(i + 1); exit } }' heard)" 2.0 0.06
    near "$file: the high tone ends" "$(awk '/silence_start/ { for (i = 1; i <= NF; i++) if ($i == "silence_start:" && $(i + 1) > 2.5) { print $(i + 1); exit } }' heard)" 3.6 0.06
done

# Sound that outlasts its picture is kept, and as much of the next one is left out; sound that ends early leaves a gap.
part long.ts 1.6 440 2
part short.ts 1.6 880 1.2
cat long.ts short.ts long.ts >uneven.ts
run 0 restore uneven.ts -o uneven.mkv "${quick[@]}"
is "uneven pictures" "$(pictures uneven.mkv)" 120
near "uneven picture ends" "$(end_time uneven.mkv v:0)" 4.8 0.05
near "uneven sound ends" "$(end_time uneven.mkv a:0)" 5.2 0.05
is "no packet of sound before the one ahead has ended" "$(facts uneven.mkv a:0 packets | awk -F= '$1 == "pts_time" { if (t != "" && $2 - t < 0.015) n++; t = $2 } END { print n + 0 }')" 0
finish
