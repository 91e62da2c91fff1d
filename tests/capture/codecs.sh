#!/usr/bin/env bash
# Every coding that captures come in goes through: unflagged, progressive and variable-rate ones too.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288)
light=("${quick[@]}" --no-analyze --deinterlace bwdif) # where only reading, times and containers are looked at

pal=$(interlaced 0.4)
pal_bff="$(motion $pal_size 50 0.4),tinterlace=interleave_bottom,setfield=bff,setsar=$pal_sar"

# Unflagged captures: what the file does not say is measured.
make bare-tff.avi -f lavfi -i "$pal,setfield=prog" -c:v huffyuv -pix_fmt yuv422p
make bare-bff.avi -f lavfi -i "$pal_bff,setfield=prog" -c:v huffyuv -pix_fmt yuv422p
for order in tff bff; do
    run 0 restore bare-$order.avi --dry-run
    grep -q "$order (measured)" results || fault "unflagged $order: $(grep fields results)"
    run 0 restore bare-$order.avi -o bare-$order.mkv "${quick[@]}"
    check "unflagged $order" bare-$order.mkv 20 50 384 288
done

# Progressive material is left alone, and 4:2:0 in sixteen bits is no other than in eight.
make prog.mkv -f lavfi -i "$(motion $pal_size 25 0.4),setsar=$pal_sar" -c:v ffv1 -pix_fmt yuv420p
run 0 restore prog.mkv -o prog.out.mkv "${quick[@]}" --field-order progressive
check progressive prog.out.mkv 10 25 384 288

# Codings that captures come in, as far as this ffmpeg can make them.
goes_through() {
    local name=$1
    shift
    ffmpeg -v quiet -nostdin -y -f lavfi -i "$(interlaced 0.24)" "$@" "$name" ||
        { echo "not made here: $name"; return; }
    run 0 restore "$name" -o through.mkv -y "${light[@]}"
    is "$name pictures" "$(pictures through.mkv)" 12
}
goes_through huff.avi -c:v huffyuv
goes_through UT.AVI -c:v utvideo -pix_fmt yuv422p
goes_through v210.mov -c:v v210
goes_through uyvy.avi -c:v rawvideo -pix_fmt uyvy422
goes_through mjpeg.avi -c:v mjpeg -pix_fmt yuvj422p
goes_through hevc.mkv -c:v libx265 -preset ultrafast -x265-params log-level=none
goes_through gray16.mkv -c:v ffv1 -pix_fmt gray16le
goes_through y411.mkv -c:v ffv1 -pix_fmt yuv411p
goes_through y440.mkv -c:v ffv1 -pix_fmt yuv440p
goes_through y44416.mkv -c:v ffv1 -level 3 -pix_fmt yuv444p16le
goes_through rgb.avi -c:v rawvideo -pix_fmt bgr24
goes_through a.m2ts -c:v libx264 -preset ultrafast
goes_through bare.h264 -c:v libx264 -preset ultrafast

# Variable rate: every picture keeps its time, and the last one is shown as long as it was.
make vfr.mp4 -f lavfi -i "testsrc2=s=352x288:r=30:d=1,select='not(eq(mod(n\,7)\,3))',setpts=PTS+mod(N\,3)*0.004/TB" -vsync vfr \
    -video_track_timescale 30000 -c:v libx264 -preset ultrafast
for out in vfr.mkv vfr.out.mp4; do
    run 0 restore vfr.mp4 -o $out "${quick[@]}" --no-analyze --field-order progressive
    is "$out pictures" "$(pictures $out)" "$(pictures vfr.mp4)"
    near "$out end" "$(probe $out format duration)" "$(end_time vfr.mp4 v:0)" 0.002
done
finish
