# The same frames of a tape with losses and copies on one thread and on two.
. "$LIB"
. "$(dirname "$LIB")/tapes.sh"
make_tape gaps.mkv --tape-drops 25 --tape-doubles 10 --tape-seed 2

# The sound's pieces do not depend on when edits became known.
for t in 1 2; do
  expect 0 restore gaps.mkv -o t.mkv -y --deinterlace none --encoder ffv1 --audio-codec flac --timeline keep --threads $t --framemd5 keep$t.md5
  expect 0 restore gaps.mkv -o t.mkv -y --encoder ffv1 --height 0 --threads $t --framemd5 follow$t.md5
done
cmp -s keep1.md5 keep2.md5 || fail "threads change the frames of --timeline keep"
cmp -s follow1.md5 follow2.md5 || fail "threads change the frames of --timeline follow"
finish
