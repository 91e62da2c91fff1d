# A tape with several recordings: flips of the field order and blank stretches are found; chapters or files are made of them.
. "$LIB"
. "$(dirname "$LIB")/tapes.sh"

# An order flip in mid-tape and a stretch of snow.
make_tape flip.mkv --tape-flip-at 60 --tape-blank snow --tape-blank-at 115 --tape-blank-frames 30
restore flip.mkv -o r.mkv
err_has '3 recordings: a chapter'
err_has 'flips of the field order.*00:00:02.[34]'
err_has 'snow from 00:00:04.600 to 00:00:05.800'

# Three recordings: chapters, unless the user or the source has it otherwise, or a file each.
chapters() { ffprobe -v error -show_chapters -of csv=p=0 "$1" | cut -d, -f4,6 | tr '\n' ' '; }
is "$(chapters r.mkv | sed 's/2\.[34][0-9]*/2.4/g')" "0.000000,2.4 2.4,4.600000 5.800000,8.000000 " "chapters"
restore flip.mkv -o r.mkv --no-chapters --json
out_has '"time.section", "node": "timeline", "time_us": 4600000, "kind": "snow", "end_us": 5800000'
is "$(chapters r.mkv)" "" "no chapters"
expect 0 restore flip.mkv -o part.mkv --split-recordings --deinterlace none --encoder ffv1
for i in 1 2 3; do [ -f part-$i.mkv ] || fail "part-$i.mkv is missing"; done
[ -e part.mkv -o -e part-4.mkv ] && fail "too many files"
is "$(pictures part-3.mkv)" 55 "the third recording"
expect 4 restore flip.mkv -o part.mkv --split-recordings --deinterlace none --encoder ffv1
err_has 'part-1.mkv exists'
expect 2 restore flip.mkv -o - --format matroska --split-recordings

# 29.97 pictures a second in time stamps of whole milliseconds: their grid begins a little before the file, the first chapter with it.
ffmpeg -v error -r 60000/1001 -i scene.mkv -an -c:v ffv1 scene60.mkv
expect 0 simulate scene60.mkv -o ntsc.mkv --no-sound --size 192x144 --tape-speed sp --tape-blank snow --tape-blank-at 75 --tape-blank-frames 40
restore ntsc.mkv -o r.mkv
is "$(chapters r.mkv | cut -d, -f1)" "0.000000" "the first chapter of 29.97 pictures a second"
finish
