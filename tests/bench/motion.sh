#!/usr/bin/env bash
# The speed table of docs/algorithms/motion.md: the core from memory (bench_restore_motion), then the whole command against
# the same command with bwdif, raw pictures out. usage: tests/bench/motion.sh [BUILD_DIR] [RUNS]; CLIP= names an
# interlaced source with PARITY= (default: one made by ffmpeg), CPU= a level (auto, c, avx2, avx512).
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/release}
runs=${2:-5}
cpu=${CPU:-auto}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/bench/bench_restore_motion" --cpu "$cpu"
clip=${CLIP:-}
if [ -z "$clip" ]; then
    ffmpeg -v error -f lavfi -i "mandelbrot=s=720x576:r=50,noise=c0s=6:c0f=t,format=yuv420p,setsar=16/15" -t 4 \
        -vf "tinterlace=interleave_top,setfield=tff" -c:v ffv1 -level 3 -g 1 "$work/clip.mkv"
    clip=$work/clip.mkv
fi
own="$build/vhsup restore $clip -y --quiet --preset none --field-order ${PARITY:-tff} --encoder raw --threads 1 --cpu $cpu"
"$build/bench/race" -n "$runs" \
    "bwdif" "$own --deinterlace bwdif -o $work/a.nut" \
    "motion, fast" "$own --deinterlace motion --denoise auto --motion-speed fast -o $work/b.nut" \
    "motion" "$own --deinterlace motion --denoise auto -o $work/c.nut"
