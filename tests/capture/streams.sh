#!/usr/bin/env bash
# Nothing is lost: every track, language, title, chapter, subtitle, attachment and tag comes through; ranges cut all of them
# alike; containers that hold less get what they can hold.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288)
pal=$(interlaced 2)

cat >subs.srt <<'X'
1
00:00:00,500 --> 00:00:00,900
first line

2
00:00:01,200 --> 00:00:01,600
second line
X
cat >chapters.txt <<'X'
;FFMETADATA1
title=Grandma's 60th
comment=from the attic
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=Arrival
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
title=Cake
X
printf 'not really a font' >font.ttf

make tape.mkv -f lavfi -i "$pal" -f lavfi -i "sine=440:duration=2:sample_rate=48000" -f lavfi -i "sine=880:duration=2:sample_rate=44100" \
    -i subs.srt -f ffmetadata -i chapters.txt -map 0 -map 1 -map 2 -map 3 -map_metadata 4 -map_chapters 4 -attach font.ttf \
    -metadata:s:t mimetype=application/x-truetype-font -metadata creation_time=1987-06-05T12:00:00Z \
    -metadata:s:a:0 language=ger -metadata:s:a:0 title=Linear -metadata:s:a:1 language=eng -metadata:s:s:0 language=fre \
    -disposition:a:0 0 -disposition:a:1 default -disposition:s:0 forced -c:v mpeg2video -b:v 4M -c:a:0 pcm_s16le -c:a:1 flac -c:s srt

tag() { probe "$1" "$2" "TAG:$3"; }
chapters() { ffprobe -v error -show_chapters "$1" | awk -F= '/^(start_time|end_time|TAG:title)/ { printf "%s ", $2 }'; }

run 0 restore tape.mkv -o all.mkv "${quick[@]}"
is streams "$(ffprobe -v error -show_entries stream=codec_type,codec_name -of csv=p=0 all.mkv | tr '\n' ' ')" \
    "h264,video pcm_s16le,audio flac,audio subrip,subtitle ttf,attachment "
is "first track" "$(tag all.mkv a:0 language) $(tag all.mkv a:0 title)" "ger Linear"
is "second track" "$(tag all.mkv a:1 language)" eng
is "default" "$(ffprobe -v error -select_streams a -show_entries stream_disposition=default -of csv=p=0 all.mkv | tr '\n' ' ')" "0 1 "
is "forced" "$(ffprobe -v error -select_streams s -show_entries stream_disposition=forced -of csv=p=0 all.mkv)" 1
is "subtitle language" "$(tag all.mkv s:0 language)" fre
is "attachment" "$(tag all.mkv t:0 filename)" font.ttf
is "chapters" "$(chapters all.mkv)" "0.000000 1.000000 Arrival 1.000000 2.000000 Cake "
is "title" "$(probe all.mkv format TAG:title)" "Grandma's 60th"
is "comment" "$(probe all.mkv format TAG:comment)" "from the attic"
is "date" "$(probe all.mkv format TAG:creation_time)" "1987-06-05T12:00:00.000000Z"
# Copied sound is the same sound, bit for bit.
for s in 0 1; do
    is "sound $s" "$(ffmpeg -v error -i all.mkv -map a:$s -f md5 -)" "$(ffmpeg -v error -i tape.mkv -map a:$s -f md5 -)"
done
ffmpeg -v error -y -dump_attachment:t:0 got.ttf -i all.mkv 2>/dev/null
cmp -s got.ttf font.ttf || fault "the attachment changed"
ffmpeg -v error -y -i all.mkv -map s:0 got.srt
grep -q "second line" got.srt || fault "subtitle text is lost"

# What made it is written into it, and --bitexact makes it the same twice.
ffprobe -v error -show_entries format_tags:stream_tags -of default=nw=1 all.mkv | grep -q crf || fault "settings are not embedded"
run 0 restore tape.mkv -o exact1.mkv "${quick[@]}" --bitexact --threads 1
run 0 restore tape.mkv -o exact2.mkv "${quick[@]}" --bitexact --threads 1
cmp exact1.mkv exact2.mkv || fault "--bitexact differs"

# The time code of a QuickTime capture goes on, in containers that write it and as a tag elsewhere.
make code.mov -i tape.mkv -map v -t 0.4 -c:v copy -timecode 01:02:03:04
for out in code.out.mov code.out.mp4 code.out.mkv; do
    run 0 restore code.mov -o $out "${quick[@]}"
    is "time code in $out" "$(tag $out v:0 timecode)" 01:02:03:04
done

# MP4 holds neither PCM nor SubRip nor fonts.
run 0 restore tape.mkv -o all.mp4 "${quick[@]}"
is "mp4 codecs" "$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 all.mp4 | head -n 4 | tr '\n' ' ')" "h264 aac flac mov_text "
is "mp4 languages" "$(tag all.mp4 a:0 language) $(tag all.mp4 a:1 language) $(tag all.mp4 s:0 language)" "ger eng fre"
is "mp4 chapters" "$(chapters all.mp4)" "0.000000 1.000000 Arrival 1.000000 2.000000 Cake "
ffmpeg -v error -y -i all.mp4 -map s:0 got.srt
grep -q "second line" got.srt || fault "subtitle text is lost in mp4"
near "mp4 subtitle time" "$(awk -F'[:, ]' '/-->/ { t = $3 + $4 / 1000 } END { print t }' got.srt)" 1.2 0.002

# A range cuts everything alike.
run 0 restore tape.mkv -o cut.mkv "${quick[@]}" --start 0.8 --end 1.6
is "cut pictures" "$(pictures cut.mkv)" 40
near "cut picture starts" "$(first_time cut.mkv v:0)" 0 0.0011
near "cut sound ends" "$(end_time cut.mkv a:0)" 0.8 0.025
is "cut chapters" "$(chapters cut.mkv)" "0.000000 0.200000 Arrival 0.200000 0.800000 Cake "
ffmpeg -v error -y -i cut.mkv -map s:0 got.srt
near "cut subtitle" "$(awk -F'[:, ]' '/-->/ { t = $3 + $4 / 1000 } END { print t }' got.srt)" 0.4 0.002
run 0 restore tape.mkv -o cut2.mkv "${quick[@]}" --start 1 --duration 0.48 --audio-codec flac
is "cut2 pictures" "$(pictures cut2.mkv)" 24
near "cut2 sound starts" "$(first_time cut2.mkv a:0)" 0 0.0011
near "cut2 sound ends" "$(end_time cut2.mkv a:0)" 0.48 0.0011

# Sound as asked.
run 0 restore tape.mkv -o none.mkv "${quick[@]}" --audio none --end 0.2
is "no sound" "$(ffprobe -v error -select_streams a -show_entries stream=index -of csv=p=0 none.mkv)" ""
run 5 restore tape.mkv -o copy.mp4 "${quick[@]}" --audio copy
says "cannot be stored in mp4"
run 0 restore tape.mkv -o mono.mka.mkv "${quick[@]}" --audio-codec opus --audio-layout mono --end 0.2
is "opus" "$(probe mono.mka.mkv a:0 codec_name) $(probe mono.mka.mkv a:0 channels)" "opus 1"

# A capture in three files is one: pictures, sound, chapters, a range across the joint; the last one's codec is set otherwise.
for part in 1 2 3; do
    format=yuv420p
    [ $part = 3 ] && format=yuv422p
    make part$part.avi -f lavfi -i "$(interlaced 0.4)" \
        -f lavfi -i "sine=duration=0.4:sample_rate=48000" -c:v ffv1 -level 3 -pix_fmt $format -c:a pcm_s16le
done
run 0 restore part1.avi --join part2.avi --join part3.avi -o joined.mkv "${quick[@]}"
is "joined pictures" "$(pictures joined.mkv)" 60
near "joined sound" "$(end_time joined.mkv a:0)" 1.2 0.002
run 0 restore part1.avi --join part2.avi --join part3.avi -o joined-cut.mkv "${quick[@]}" --start 0.3 --end 0.9
is "range across joints" "$(pictures joined-cut.mkv)" 30
run 3 restore part1.avi --join tape.mkv -o never.mkv "${quick[@]}"
says "cannot be joined"
run 4 restore part1.avi --join part2.avi -o part2.avi -y "${quick[@]}"
says "is the input itself"

# Pipes in and out.
ffmpeg -v error -i tape.mkv -map v -map a:0 -c copy -f nut - | timeout $((60 * slower)) "$vhsup" restore - -o pipe.mkv "${quick[@]}" -q || fault "nut from a pipe"
is "pipe pictures" "$(pictures pipe.mkv)" 100
ffmpeg -v error -i tape.mkv -map v -t 0.4 -pix_fmt yuv420p -f yuv4mpegpipe - | timeout $((60 * slower)) "$vhsup" restore - -o y4m.mkv "${quick[@]}" -q --field-order tff || fault "y4m from a pipe"
is "y4m pictures" "$(pictures y4m.mkv)" 20
timeout $((60 * slower)) "$vhsup" restore tape.mkv -o - --format nut --encoder ffv1 --height 288 --end 0.2 -q >out.nut || fault "nut to a pipe"
is "nut pictures" "$(pictures out.nut)" 10
finish
