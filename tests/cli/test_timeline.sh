# Time: lost and doubled frames of made tapes; sound and picture stay in step with the picture following the sound and with the sound
# following the picture.
. "$LIB"
. "$(dirname "$LIB")/tapes.sh"

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

# A capture that covers each loss with a copy keeps its length: both are edited without asking the sound.
ffmpeg -v error -i scene.mkv -c:v ffv1 -c:a copy -vf "tinterlace=interleave_top,setfield=tff,select='not(eq(n,90))',setpts=N/25/TB" -r 25 lost.mkv
ffmpeg -v error -i lost.mkv -vf "loop=loop=1:size=1:start=95,setpts=N/25/TB,setfield=tff" -r 25 -c:v ffv1 -c:a copy pair.mkv
expect 0 restore pair.mkv -o r.mkv -y --height 0 --encoder ffv1
err_has '1 missing frames rebuilt.*00:00:03.600$'
err_has '1 doubled frames dropped.*00:00:03.800$'

# Nothing is found on a clean one, and a still picture without noise is no row of copies.
make_tape clean.mkv
expect 0 restore clean.mkv -o r.mkv -y --height 0 --encoder ffv1
grep -q -e 'missing frames' -e 'doubled frames' -e 'flips of' err.txt && fail "a clean tape has edits"
ffmpeg -v error -loop 1 -i texture.png -t 2 -r 25 -vf scale=192:144,format=yuv420p,setfield=tff -c:v ffv1 still.mkv
expect 0 restore still.mkv -o r.mkv -y --height 0 --encoder ffv1 --field-order tff
grep -q -e 'missing frames' -e 'doubled frames' -e 'flips of' err.txt && fail "a still picture has edits"
is "$(pictures r.mkv)" 100 "still pictures"
finish
