#!/usr/bin/env bash
# A sound card's clock against the picture's: captures of SECONDS (620) whose sound runs fast or slow by some parts per million, restored
# with the picture untouched and deinterlaced; prints how far a click that belongs to each whole second is off.
#
#   tests/quality/clock.sh BUILD FOLDER [SECONDS]
#
# 100 and -100 ppm have to end within 10 ms; 60 ppm (37 ms in 620 s) must stay as it is. About a minute of CPU time.
set -eu
build=$(realpath "$1")
seconds=${3:-620}
mkdir -p "$2"
cd "$2"
export XDG_CACHE_HOME=$PWD/cache

ffmpeg -v error -y -f lavfi -i "nullsrc=s=1024x300:r=1,format=gray,geq=lum='random(1)*255',gblur=sigma=3,eq=contrast=6" -frames:v 1 -update 1 texture.png
ffmpeg -v error -y -r 50 -i texture.png -vf "loop=loop=-1:size=1,format=gray,crop=128:96:x='410+400*2/PI*asin(sin(n*2*PI/450))':y='75+60*2/PI*asin(sin(n*2*PI/610))',tinterlace=interleave_top,setfield=tff,noise=alls=6:allf=t,format=yuv420p" \
  -t "$seconds" -r 25 -c:v libx264 -preset ultrafast -qp 10 -flags +ildct picture.mkv
failed=0
for ppm in 100 -100 60; do
  ffmpeg -v error -y -i picture.mkv -f lavfi -i "aevalsrc='if(lt(mod(t/(1+$ppm*1e-6),1),0.003),0.8,0.05*sin(2*PI*333*t))':s=48000:d=$(awk "BEGIN {print $seconds * (1 + $ppm * 1e-6)}")" \
    -map 0:v -map 1:a -c:v copy -c:a pcm_s16le "clock$ppm.mkv"
  for method in none bwdif; do
    "$build/vhsup" restore "clock$ppm.mkv" -o out.mkv -y --height 0 --deinterlace $method --denoise none --encoder x264 --encoder-preset ultrafast \
      --audio-codec pcm_s16le --audio-mode none --progress none --log-level error
    ffmpeg -hide_banner -i out.mkv -vn -af silencedetect=noise=-9dB:d=0.4 -f null - 2>&1 | sed -n 's/.*silence_end: \([0-9.]*\).*/\1/p' |
      awk -v p="$ppm" -v m="$method" -v s="$seconds" '{e = 1000 * ($1 - int($1 + 0.5)); last = e; a = e < 0 ? -e : e; if (a > worst) worst = a}
        END {good = p == 60 ? last > 0.055 * s && last < 0.065 * s : worst < 10 && NR > s - 3
          printf "%s  %d ppm, %s: last of %d clicks %.1f ms off, worst %.1f ms\n", good ? "pass" : "FAIL", p, m, NR, last, worst; exit !good}' || failed=1
  done
done
exit $failed
