#!/usr/bin/env bash
# Bad input and bad wishes: one clear message, the documented exit status, no output under the final name, the source as it was.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288)
pal=$(interlaced 0.4)
make good.mkv -f lavfi -i "$pal" -f lavfi -i "sine=duration=0.4:sample_rate=48000" -c:v ffv1 -level 3 -slicecrc 1 -c:a pcm_s16le
make sound.wav -f lavfi -i "sine=duration=0.4"
make mute.mkv -f lavfi -i "$pal" -c:v ffv1
before=$(md5sum good.mkv)

# refused STATUS WORDS arguments...: fails like this, says this, once, and writes nothing.
refused() {
    local status=$1 words=$2
    shift 2
    rm -f out.mkv
    run "$status" restore "$@"
    says "$words"
    [ "$(grep -c 'error:' said)" = 1 ] || fault "not one error but $(grep -c 'error:' said): vhsup $*"
    [ ! -e out.mkv ] || fault "an output was left: vhsup $*"
}

: >empty.avi
echo "Dear diary" >text.avi
mkdir folder.avi
head -c 300000 /dev/zero >zero.mpg
refused 3 "does not exist" missing.avi -o out.mkv
refused 3 "is empty" empty.avi -o out.mkv
refused 3 "not a media file" text.avi -o out.mkv
refused 3 "not a media file" zero.mpg -o out.mkv
refused 3 "is a folder" folder.avi -o out.mkv
refused 3 "has no picture, only 1 sound" sound.wav -o out.mkv
make nothing.avi -f lavfi -i "testsrc=d=0.04" -t 0 -c:v ffv1
refused 3 "nothing in it can be read" nothing.avi -o out.mkv
make begun.mkv -f lavfi -i "$pal" -f lavfi -i "sine=d=0.4" -c:v mpeg2video -c:a mp2
head -c 700 begun.mkv >head.mkv
refused 3 "nothing of its picture can be read" head.mkv -o out.mkv
make tiny.avi -f lavfi -i "testsrc=s=8x8:d=0.1" -c:v ffv1
refused 3 "a picture of 8x8 cannot be handled" tiny.avi -o out.mkv
run 0 restore mute.mkv -o mute.out.mkv "${quick[@]}"
is "mute pictures" "$(pictures mute.out.mkv)" 20

# A size nobody captures: 20000 wide, promised by the header alone.
make wide.mkv -f lavfi -i "color=s=20000x16:d=0.04" -c:v rawvideo -pix_fmt gray
refused 3 "the limit is 16384x16384" wide.mkv -o out.mkv

# Times.
refused 2 "behind the end" good.mkv -o out.mkv --start 10
refused 2 "empty" good.mkv -o out.mkv --start 0.3 --end 0.2

# Words and numbers.
refused 2 "--no-such-option" good.mkv -o out.mkv --no-such-option
refused 2 "x266" good.mkv -o out.mkv --encoder x266
refused 2 "has no preset p7" good.mkv -o out.mkv --encoder-preset p7
refused 2 "outside 0 to 51" good.mkv -o out.mkv --crf 60
refused 2 "no-such" good.mkv -o out.mkv --encoder-option no-such=1
refused 2 "bframes does not take" good.mkv -o out.mkv --encoder-option bframes=lots
refused 2 "--vf-pre: filter hqdn3d has no option luma" good.mkv -o out.mkv --vf-pre hqdn3d=luma=3
refused 5 "--vf-post: there is no filter nosuchfilter" good.mkv -o out.mkv --vf-post nosuchfilter
refused 2 "--denoise: filter hqdn3d has no option luma" good.mkv -o out.mkv --denoise hqdn3d=luma=3
refused 2 "sideways" good.mkv -o out.mkv --field-order sideways
refused 2 "preset" good.mkv -o out.mkv --preset no-such-preset
refused 5 "cannot be stored in mp4" good.mkv -o out.mp4 --encoder prores
refused 5 "cannot be stored in avi" good.mkv -o out.avi --encoder x265
refused 2 "extension" good.mkv -o out
refused 2 "extension" good.mkv -o out.xyzzy

# A file cut off in the middle, and one with holes: restored to the end, said, status 0; with --strict an error.
make long.mkv -f lavfi -i "$(interlaced 3)" -f lavfi -i "sine=duration=3" -c:v mpeg2video -b:v 3M -c:a mp2
head -c $(($(stat -c %s long.mkv) * 6 / 10)) long.mkv >cut.mkv
run 0 restore cut.mkv -o cut.out.mkv "${quick[@]}"
is "cut short, said" "$(grep -c "cut short" said)" 1
n=$(pictures cut.out.mkv)
[ "$n" -gt 60 ] && [ "$n" -lt 120 ] || fault "cut short: $n pictures"
run 8 restore cut.mkv -o cut.strict.mkv "${quick[@]}" --strict
make holes.ts -f lavfi -i "$(interlaced 2)" \
    -f lavfi -i "sine=duration=2:sample_rate=48000" -c:v mpeg2video -b:v 3M -g 8 -c:a mp2
size=$(stat -c %s holes.ts)
for part in 3 5 7; do
    dd if=/dev/zero of=holes.ts bs=1 seek=$((size * part / 10)) count=7000 conv=notrunc status=none
done
run 0 restore holes.ts -o holes.mkv "${quick[@]}"
grep -qiE "damage|corrupt" said || fault "damage is not told: $(cat said)"
grep -q "damage in the picture at 00:00:0" said || fault "damage without time codes: $(cat said)"
near "holes length" "$(end_time holes.mkv v:0)" "$(end_time holes.mkv a:0)" 0.08
near "holes pictures" "$(pictures holes.mkv)" 100 4

# A hole in the sound becomes silence of its length: what comes after is heard when it was.
make gap.mkv -f lavfi -i "$(interlaced 2)" \
    -f lavfi -i "sine=duration=2:sample_rate=48000,volume='if(gt(t,1.5),1,0.001)':eval=frame,aselect='not(between(t,0.5,1))'" \
    -c:v mpeg2video -b:v 2M -c:a pcm_s16le
run 0 restore gap.mkv -o gap.flac.mkv "${quick[@]}" --audio-codec flac
near "sound after a hole" "$(heard_from gap.flac.mkv)" "$(heard_from gap.mkv)" 0.0011
near "sound with a hole" "$(facts gap.flac.mkv a:0 packets | awk -F= '$1 == "duration_time" { t += $2 } END { print t }')" 2 0.01

# The picture's size changes in mid-stream.
make small.ts -f lavfi -i "testsrc2=s=352x288:r=25:d=0.4,setsar=12/11" -c:v mpeg2video -b:v 2M -f mpegts
make big.ts -f lavfi -i "testsrc2=s=720x576:r=25:d=0.4,setsar=16/15" -c:v mpeg2video -b:v 2M -f mpegts -output_ts_offset 0.4
cat small.ts big.ts >change.ts
run 0 restore change.ts -o change.mkv --encoder-preset ultrafast --height 288 --field-order progressive
says "changes its format"
near "change pictures" "$(pictures change.mkv)" 20 1

is "source" "$(md5sum good.mkv)" "$before"
finish
