#!/usr/bin/env bash
# Every kind of file that captures come in goes through: the right number of pictures, shape, size, length and colours come out, and
# sound and picture stand to each other as they did.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288)
light=("${quick[@]}" --no-analyze --deinterlace bwdif) # where only reading, times and containers are looked at

pal=$(interlaced 0.4)
ntsc_bff="$(motion 720x480 60000/1001 0.4),tinterlace=interleave_bottom,setfield=bff,setsar=8/9"
tone=(-f lavfi -i "sine=frequency=440:sample_rate=48000:duration=0.4,aformat=channel_layouts=stereo")

ff=(-f lavfi -i "$pal" "${tone[@]}")
make ffv1.avi "${ff[@]}" -c:v ffv1 -level 3 -pix_fmt yuv422p -c:a pcm_s16le
run 0 restore ffv1.avi -o ffv1.mkv "${quick[@]}"
check ffv1 ffv1.mkv 20 50 384 288
same_offset ffv1 ffv1.avi ffv1.mkv
is "ffv1 sound" "$(probe ffv1.mkv a:0 codec_name)" pcm_s16le

make "DV PAL.dv" -f lavfi -i "$(motion 720x576 50 0.4),tinterlace=interleave_top,setfield=tff,setsar=16/15" "${tone[@]}" -target pal-dv -t 0.4
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
