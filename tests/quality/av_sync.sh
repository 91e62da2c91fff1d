#!/usr/bin/env bash
# Sound and picture in step: a made tape of ten minutes (or SECONDS) with 20 frames lost and 10 doubled, restored with the picture following
# the sound and with the sound following the picture; prints how far they are apart at places all over the tape and at the
# click beside every edit.
#
#   tests/quality/av_sync.sh BUILD FOLDER [SECONDS [SEED]]
#
# The scene is a texture that moves all the time with a click in the sound every second. At a click, the picture shown is looked up in
# the clean scene (vhsup compare finds the offset); what is left is the A/V offset. About three minutes of CPU time for 600 s.
set -eu
build=$1
folder=$2
seconds=${3:-600}
seed=${4:-1}
vhsup=$build/vhsup
mkdir -p "$folder"
cd "$folder"
export XDG_CACHE_HOME=$PWD/cache
frames=$((seconds * 25))

if [ ! -e scene-$seconds.mkv ]; then
  ffmpeg -v error -y -f lavfi -i "nullsrc=s=1024x300:r=1,format=gray,geq=lum='random(1)*255',split[a][b];[a]gblur=sigma=3,eq=contrast=6[a1];[b]gblur=sigma=9,eq=contrast=12[b1];[a1][b1]blend=all_mode=average" \
    -frames:v 1 -update 1 texture.png
  ffmpeg -v error -y -r 50 -i texture.png -f lavfi -i "aevalsrc='if(lt(mod(t,1),0.003),0.8,0.05*sin(2*PI*333*t))':s=48000" \
    -vf "loop=loop=-1:size=1,format=gray,crop=192:144:x='410+400*2/PI*asin(sin(n*2*PI/450))':y='75+60*2/PI*asin(sin(n*2*PI/610))',format=yuv420p" \
    -t "$seconds" -c:v ffv1 -c:a pcm_s16le scene-$seconds.mkv
fi
if [ ! -e tape-$seconds-$seed.mkv ]; then
  "$vhsup" simulate scene-$seconds.mkv -o tape-$seconds-$seed.mkv --truth tape-$seconds-$seed.json --size 192x144 --tape-speed sp \
    --tape-hiss=-120 --tape-hum=-120 --tape-buzz=-120 --tape-whistle=-120 --tape-sound-bandwidth 0 --tape-seed "$seed" \
    --tape-drops $(awk "BEGIN {print 20000 / $frames}") --tape-doubles $(awk "BEGIN {print 10000 / $frames}") --quiet
fi
grep -E '"(doubled|lost)"' tape-$seconds-$seed.json

for mode in ${MODES:-follow keep}; do
  "$vhsup" restore tape-$seconds-$seed.mkv -o $mode.mkv -y --height 0 --deinterlace bwdif --denoise none --encoder x264 --encoder-preset ultrafast \
    --audio-codec pcm_s16le --audio-mode none --timeline $mode --progress none 2>&1 | grep -E 'frames|flips|earlier' | tee edits.txt || true
  ffmpeg -hide_banner -i $mode.mkv -vn -af silencedetect=noise=-9dB:d=0.4 -f null - 2>&1 |
    sed -n 's/.*silence_end: \([0-9.]*\).*/\1/p' >clicks.txt
  # silence ends where the first, second … click begins; click 0 is at the very start
  {
    awk -v n="$seconds" 'NR % int(n / 20 + 1) == 1 {print NR, $1}' clicks.txt
    grep -oE '[0-9]+:[0-9]+:[0-9]+\.[0-9]+' edits.txt | awk -F: 'NR == FNR {t[NR] = $1; n = NR; next}
      {e = $1 * 3600 + $2 * 60 + $3; k = 1; for (i = 2; i <= n; i++) if ((t[i] - e) ^ 2 < (t[k] - e) ^ 2) k = i; print k, t[k]}' clicks.txt -
  } | sort -n | uniq | while read -r number at; do
    start=$(awk "BEGIN {s = $at - 0.6; print s < 0 ? 0 : s}")
    offset=$("$vhsup" compare scene-$seconds.mkv $mode.mkv --start "$start" --duration 1.2 --max-offset 60 --json 2>/dev/null | sed -n 's/.*"offset": *\(-*[0-9]*\).*/\1/p' | head -1)
    # frame i of the scene is frame i + offset of the file: at file time `at` the picture is of tape time at - offset / 50
    # (a click may be lost with the sound that is cut, so they are not counted: each belongs to a whole second)
    awk "BEGIN {tape = $at - $offset / 50; printf \"$mode: click %d at %.4f s, picture %d fields off: sound against picture %.1f ms\n\", $number, $at, $offset, 1000 * (tape - int(tape + 0.5))}"
  done | tee $mode.txt
  awk '{v = $(NF - 1); v = v < 0 ? -v : v; if (v > worst) worst = v} END {printf "worst of %d places: %.1f ms\n", NR, worst}' $mode.txt
done
