#!/usr/bin/env bash
# Every kind of capture goes through: the right number of pictures, shape, size, length and colours come out, and sound and
# picture stand to each other as they did.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288)
light=("${quick[@]}" --no-analyze --deinterlace bwdif) # where only reading, times and containers are looked at

pal="$(motion 720x576 50 0.4),tinterlace=interleave_top,setfield=tff,setsar=16/15"
pal_bff="$(motion 720x576 50 0.4),tinterlace=interleave_bottom,setfield=bff,setsar=16/15"
ntsc_bff="$(motion 720x480 60000/1001 0.4),tinterlace=interleave_bottom,setfield=bff,setsar=8/9"
tone=(-f lavfi -i "sine=frequency=440:sample_rate=48000:duration=0.4,aformat=channel_layouts=stereo")

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

ff=(-f lavfi -i "$pal" "${tone[@]}")
make ffv1.avi "${ff[@]}" -c:v ffv1 -level 3 -pix_fmt yuv422p -c:a pcm_s16le
run 0 restore ffv1.avi -o ffv1.mkv "${quick[@]}"
check ffv1 ffv1.mkv 20 50 384 288
same_offset ffv1 ffv1.avi ffv1.mkv
is "ffv1 sound" "$(probe ffv1.mkv a:0 codec_name)" pcm_s16le

make "DV PAL.dv" "${ff[@]}" -target pal-dv -t 0.4
run 0 restore "DV PAL.dv" -o dvpal.mkv "${quick[@]}"
check dvpal dvpal.mkv 20 50 384 288
same_offset dvpal "DV PAL.dv" dvpal.mkv
is "dvpal sound" "$(probe dvpal.mkv a:0 codec_name)" pcm_s16le

make dvntsc.dv -f lavfi -i "$ntsc_bff" "${tone[@]}" -target ntsc-dv -t 0.4
is "dvntsc is 4:1:1" "$(probe dvntsc.dv v:0 pix_fmt)" yuv411p
n=$(pictures dvntsc.dv)
run 0 restore dvntsc.dv -o dvntsc.mp4 "${quick[@]}"
check dvntsc dvntsc.mp4 $((2 * n)) 59.94 384 288
same_offset dvntsc dvntsc.dv dvntsc.mp4
is "dvntsc sound" "$(probe dvntsc.mp4 a:0 codec_name)" aac

make ps.MPG "${ff[@]}" -c:v mpeg2video -b:v 4M -flags +ildct+ilme -top 1 -c:a mp2 -f vob
n=$(pictures ps.MPG)
run 0 restore ps.MPG -o ps.mkv "${light[@]}"
check ps ps.mkv $((2 * n)) 50 384 288
same_offset ps ps.MPG ps.mkv
is "ps sound" "$(probe ps.mkv a:0 codec_name)" mp2

make a.ts "${ff[@]}" -c:v mpeg2video -b:v 4M -flags +ildct+ilme -top 1 -c:a ac3
n=$(pictures a.ts)
run 0 restore a.ts -o ts.mp4 "${light[@]}"
check ts ts.mp4 $((2 * n)) 50 384 288
same_offset ts a.ts ts.mp4

make h264.mp4 "${ff[@]}" -c:v libx264 -preset ultrafast -flags +ildct+ilme -x264-params tff=1 -c:a aac
run 0 restore h264.mp4 -o h264.mp4.mkv "${quick[@]}"
check h264 h264.mp4.mkv 20 50 384 288
same_offset h264 h264.mp4 h264.mp4.mkv
run 0 restore h264.mp4 -o again.mp4 "${light[@]}"
check "h264 to mp4" again.mp4 20 50 384 288
same_offset "h264 to mp4" h264.mp4 again.mp4
is "h264 to mp4 sound" "$(probe again.mp4 a:0 codec_name)" aac

make prores.mov "${ff[@]}" -c:v prores_ks -profile:v 3 -flags +ildct+ilme -c:a pcm_s24le
run 0 restore prores.mov -o prores.mkv "${light[@]}"
check prores prores.mkv 20 50 384 288
same_offset prores prores.mov prores.mkv
is "prores sound" "$(probe prores.mkv a:0 codec_name)" pcm_s24le

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
make prog.mkv -f lavfi -i "$(motion 720x576 25 0.4),setsar=16/15" -c:v ffv1 -pix_fmt yuv420p
run 0 restore prog.mkv -o prog.out.mkv "${quick[@]}" --field-order progressive
check progressive prog.out.mkv 10 25 384 288

# Codings that captures come in, as far as this ffmpeg can make them.
goes_through() {
    local name=$1
    shift
    ffmpeg -v quiet -nostdin -y -f lavfi -i "$(motion 720x576 50 0.24),tinterlace=interleave_top,setfield=tff,setsar=16/15" "$@" "$name" ||
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

# The standard size and its colours.
run 0 restore ffv1.avi -o full.mkv --encoder-preset ultrafast
check full full.mkv 20 50 1440 1080
is "full colour" "$(probe full.mkv v:0 color_space)" bt709

# Sound that begins later still does; nothing is moved.
make late.mkv -f lavfi -i "$(motion 352x288 50 0.4),tinterlace=interleave_top,setfield=tff,setsar=24/11" -itsoffset 0.15 -f lavfi -i "sine=duration=0.25:sample_rate=48000" -c:v ffv1 -c:a pcm_s16le
run 0 restore late.mkv -o late.out.mkv "${light[@]}"
same_offset late late.mkv late.out.mkv
run 0 restore late.mkv -o late.mp4 "${light[@]}"
near "late in mp4, heard" "$(heard_from late.mp4)" 0.15 0.002
run 0 restore late.mkv -o late.avi "${light[@]}"
near "late in avi, heard" "$(heard_from late.avi)" 0.15 0.002
make late-mp2.mkv -i late.mkv -c:v copy -c:a mp2
run 0 restore late-mp2.mkv -o late-mp2.avi "${light[@]}"
near "late mp2 in avi, heard" "$(heard_from late-mp2.avi)" "$(heard_from late-mp2.mkv)" 0.002
run 0 restore late.mkv -o late.flac.mkv "${light[@]}" --audio-codec flac
same_offset "late, encoded" late.mkv late.flac.mkv
finish
