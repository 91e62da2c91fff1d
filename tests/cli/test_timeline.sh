# Time: lost and doubled frames, a flip of the field order and blank stretches of made tapes; sound and picture stay in step with the
# picture following the sound and with the sound following the picture.
. "$LIB"
export XDG_CACHE_HOME="$PWD/cache" # each tape is measured once
# A moving texture, one picture a field; a click in the sound every second.
ffmpeg -v error -f lavfi -i "nullsrc=s=1024x256:r=1,format=gray,geq=lum='random(1)*255',split[a][b];[a]gblur=sigma=3,eq=contrast=6[a1];[b]gblur=sigma=9,eq=contrast=12[b1];[a1][b1]blend=all_mode=average" \
  -frames:v 1 -update 1 texture.png
ffmpeg -v error -loop 1 -r 50 -i texture.png -f lavfi -i "aevalsrc='if(lt(mod(t,1),0.003),0.8,0.05*sin(2*PI*333*t))':s=48000" -t 8 \
  -vf "crop=192:144:x='10+2*n':y='40',format=yuv420p" -c:v ffv1 -c:a pcm_s16le scene.mkv

make_tape() # name, options of the tape…
{
  name=$1
  shift
  expect 0 simulate scene.mkv -o "$name" -y --size 192x144 --tape-speed sp --tape-hiss=-120 --tape-hum=-120 --tape-buzz=-120 \
    --tape-whistle=-120 --tape-sound-bandwidth 0 "$@"
}

pictures()
{
  ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$1"
}

samples()
{
  ffmpeg -v error -i "$1" -vn -f s16le - | wc -c
}

restore()
{
  expect 0 restore "$@" -y --deinterlace none --encoder ffv1 --audio-codec pcm_s16le
}

# 200 frames, of which 5 are lost and 2 doubled: 197 in the file.
make_tape gaps.mkv --tape-drops 25 --tape-doubles 10 --tape-seed 2
is "$(pictures gaps.mkv)" 197 "frames captured"
restore gaps.mkv -o follow.mkv
err_has '5 missing frames rebuilt'
err_has '2 doubled frames dropped'
is "$(pictures follow.mkv)" 200 "the picture has its length again"
expect 0 restore gaps.mkv -o copy.mkv --deinterlace none --encoder ffv1 --audio-mode none
is "$(ffmpeg -v error -i copy.mkv -vn -f md5 -)" "$(ffmpeg -v error -i gaps.mkv -vn -f md5 -)" "the sound is untouched"
restore gaps.mkv -o keep.mkv --timeline keep --audio-mode none
err_has '5 missing frames: their sound was cut'
err_has '2 doubled frames: sound was inserted'
is "$(pictures keep.mkv)" 197 "the picture stays"
is "$(samples keep.mkv)" $((2 * (8 * 48000 - 3 * 1920))) "three frames less of sound"
restore gaps.mkv -o off.mkv --timeline off
is "$(pictures off.mkv)" 197 "nothing is looked for"
expect 0 restore gaps.mkv -o x.mkv --dry-run
out_has 'sound is 0.120 s longer, losses and copies explain 0.120 s'
expect 2 restore gaps.mkv -o x.mkv --timeline keep --audio copy
err_has 'audio copy contradicts --timeline keep'

# The same frames on one thread and without SIMD; the sound's pieces do not depend on when edits became known.
for t in 1 2; do
  expect 0 restore gaps.mkv -o t.mkv -y --deinterlace none --encoder ffv1 --audio-codec flac --timeline keep --threads $t --framemd5 keep$t.md5
  expect 0 restore gaps.mkv -o t.mkv -y --encoder ffv1 --height 0 --threads $t --framemd5 follow$t.md5
done
cmp -s keep1.md5 keep2.md5 || fail "threads change the frames of --timeline keep"
cmp -s follow1.md5 follow2.md5 || fail "threads change the frames of --timeline follow"

# A capture that covers each loss with a copy keeps its length: both are edited without asking the sound.
ffmpeg -v error -i scene.mkv -c:v ffv1 -c:a copy -vf "tinterlace=interleave_top,setfield=tff,select='not(eq(n,90))',setpts=N/25/TB" -r 25 lost.mkv
ffmpeg -v error -i lost.mkv -vf "loop=loop=1:size=1:start=95,setpts=N/25/TB,setfield=tff" -r 25 -c:v ffv1 -c:a copy pair.mkv
expect 0 restore pair.mkv -o r.mkv -y --height 0 --encoder ffv1
err_has '1 missing frames rebuilt.*00:00:03.600$'
err_has '1 doubled frames dropped.*00:00:03.800$'

# An order flip in mid-tape and a stretch of snow.
make_tape flip.mkv --tape-flip-at 60 --tape-blank snow --tape-blank-at 115 --tape-blank-frames 30
restore flip.mkv -o r.mkv
err_has '3 recordings: a chapter'
err_has 'flips of the field order.*00:00:02.[34]'
err_has 'snow from 00:00:04.600 to 00:00:05.800'

# Three recordings: chapters, unless the user or the source has it otherwise, or a file each.
chapters() { ffprobe -v error -show_chapters -of csv=p=0 "$1" | cut -d, -f4,6 | tr '\n' ' '; }
is "$(chapters r.mkv | sed 's/2\.[34][0-9]*/2.4/g')" "0.000000,2.4 2.4,4.600000 5.800000,8.000000 " "chapters"
restore flip.mkv -o r.mkv --no-chapters
is "$(chapters r.mkv)" "" "no chapters"
expect 0 restore flip.mkv -o part.mkv --split-recordings --deinterlace none --encoder ffv1
for i in 1 2 3; do [ -f part-$i.mkv ] || fail "part-$i.mkv is missing"; done
[ -e part.mkv -o -e part-4.mkv ] && fail "too many files"
is "$(pictures part-3.mkv)" 55 "the third recording"
expect 4 restore flip.mkv -o part.mkv --split-recordings --deinterlace none --encoder ffv1
err_has 'part-1.mkv exists'
expect 2 restore flip.mkv -o - --format matroska --split-recordings

# Nothing is found on a clean one, and a still picture without noise is no row of copies.
make_tape clean.mkv
expect 0 restore clean.mkv -o r.mkv -y --height 0 --encoder ffv1
grep -q -e 'missing frames' -e 'doubled frames' -e 'flips of' err.txt && fail "a clean tape has edits"
ffmpeg -v error -loop 1 -i texture.png -t 2 -r 25 -vf scale=192:144,format=yuv420p,setfield=tff -c:v ffv1 still.mkv
expect 0 restore still.mkv -o r.mkv -y --height 0 --encoder ffv1 --field-order tff
grep -q -e 'missing frames' -e 'doubled frames' -e 'flips of' err.txt && fail "a still picture has edits"
is "$(pictures r.mkv)" 100 "still pictures"
finish
