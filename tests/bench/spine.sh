#!/usr/bin/env bash
# The spine against ffmpeg: same filters, same encoder settings, and against the three-pass way (filter, scale and encode
# through x264 intermediates). usage: tests/bench/spine.sh [BUILD_DIR [RUNS]]; a source clip may be
# named by CLIP=, the seconds of the made one by SECONDS_MADE= (20).
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/release}
runs=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clip=${CLIP:-}
if [ -z "$clip" ]; then
    ffmpeg -v error -f lavfi -i "testsrc2=s=720x576:r=50:d=${SECONDS_MADE:-20},noise=c0s=12:c0f=t,setsar=16/15" -vf "tinterlace=interleave_top,setfield=tff" \
        -c:v ffv1 -level 3 -g 1 "$work/clip.mkv"
    clip=$work/clip.mkv
fi
parity=${PARITY:-tff}
# The strengths that --denoise hqdn3d has when nothing was measured: a weaker or stronger filter would give the encoder other work.
denoise=hqdn3d=2.5:3.25:3.75:4.88
pre="scale=flags=accurate_rnd+bitexact,format=yuv420p16"
scale="zscale=w=1440:h=1080:f=spline36:min=bt470bg:pin=bt470bg:tin=smpte170m:m=709:p=709:t=709:d=ordered,format=yuv420p"
chain="$pre,bwdif=mode=send_field:parity=$parity:deint=all,$denoise,$scale"
own="$build/vhsup restore $clip -y --deinterlace bwdif --denoise hqdn3d --repair none --no-analyze --field-order $parity"
for preset in medium ultrafast; do
    echo "== x264 $preset"
    "$build/bench/race" -n "$runs" \
        "ffmpeg one command" "ffmpeg -v error -y -i $clip -vf '$chain' -c:v libx264 -crf 18 -preset $preset $work/a.mkv" \
        "vhsup" "$own --encoder-preset $preset -o $work/b.mkv"
done
echo "== three passes through x264 intermediates"
cat >"$work/three" <<X
#!/bin/sh
ffmpeg -v error -y -i $clip -vf 'bwdif=mode=send_field:parity=$parity:deint=all,$denoise' -c:v libx264 -crf 15 -preset fast $work/1.mkv &&
ffmpeg -v error -y -i $work/1.mkv -vf scale=1440:1080:flags=lanczos -c:v libx264 -crf 18 -preset slow $work/2.mkv &&
ffmpeg -v error -y -i $work/2.mkv -c:v libx264 -crf 18 -preset medium $work/3.mkv
X
chmod +x "$work/three"
"$build/bench/race" -n "$runs" "three passes" "$work/three" "vhsup" "$own -o $work/b.mkv"
