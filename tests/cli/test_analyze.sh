# analyze: field order from pixels against wrong and missing flags and from a pipe, the text, and sensible answers to odd inputs.
. "$LIB"
export XDG_CACHE_HOME=$PWD/cache
type() { jq -r ".measurements[\"$1\"].value // \"none\"" p.json; }

# 1.6 s of motion as an interlaced tape, bottom field first; then the same bits with wrong and without flags.
ffmpeg -v error -f lavfi -i testsrc2=s=720x480:r=60000/1001:d=1.7 -pix_fmt yuv420p -c:v ffv1 clean.mkv
expect 0 simulate clean.mkv -o tape.mkv --tape-speed clean --tape-order bff --tape-noise 3 --no-sound
ffmpeg -v error -i tape.mkv -vf setfield=tff -c:v ffv1 -field_order tt wrong.mkv
ffmpeg -v error -i tape.mkv -vf setfield=prog -c:v ffv1 -field_order progressive flat.mkv
for clip in tape wrong flat; do
    expect 0 analyze $clip.mkv -o p.json -y
    is "$(type scan.type) $(type scan.order) $(type standard)" "interlaced bff 525" "$clip: fields"
done
out_has 'faults found'
out_has '^the tape  525 lines, interlaced, bff'
out_has 'luma noise.*codes *sure *noise.luma'
out_has 'motion-deinterlace *interlaced, bff (measured)'
ffmpeg -v error -i flat.mkv -c copy -f nut - 2>/dev/null | "$VHSUP" analyze - -o p.json -y >/dev/null 2>err.txt || fail "pipe"
is "$(type scan.type) $(type scan.order)" "interlaced bff" "pipe: fields"
expect 0 analyze tape.mkv --all
out_has '^measured'
out_has 'moving frame pairs'

# Measurements from a file are used as they are; values by hand stand above them; --no-analyze measures nothing; the plan says why.
ffmpeg -v error -f lavfi -i testsrc2=s=192x144:r=50:d=2.4 -pix_fmt yuv420p -c:v ffv1 clean2.mkv
expect 0 simulate clean2.mkv -o small.mkv --size 192x144 --tape-order bff --tape-speed clean --tape-noise 3 --no-sound
plan="restore small.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run"
expect 0 analyze small.mkv -o small.json
expect 0 $plan --analysis small.json
out_has 'on *motion-deinterlace interlaced, bff (measured)'
out_has 'off *head-switch *no head-switching band was found'
expect 0 $plan --analysis small.json --set jitter.rms=0.5
out_has 'on *line-sync *lines jitter by 0.50 px'
expect 2 $plan --set noise.luma=loud
err_has 'noise.luma'
expect 0 analyze small.mkv --set noise.luma=4
out_has 'luma noise.*4.00 8-bit codes *by hand *noise.luma'
sed 's/"interlaced"/"progressive"/' small.json >other.json
expect 0 $plan --analysis other.json
grep -q 'on *motion-deinterlace' out.txt && fail "--analysis was not believed"
expect 0 $plan --no-analyze
out_has 'on *motion-deinterlace interlaced, bff (flagged by the input)'
out_has 'off *line-sync *no line jitter was measured'

# A pipe longer than the first 96 fields: these are measured, and every picture is restored.
ffmpeg -v error -i small.mkv -c copy -f nut - 2>/dev/null |
    "$VHSUP" restore - -o piped.mkv -y --height 0 --encoder ffv1 >out.txt 2>err.txt || fail "restore from a pipe"
count() { ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 $1 | tr -d ,; }
is "$(count piped.mkv)" $((2 * $(count small.mkv))) "pipe: pictures"
err_has 'bff (measured)'

# A clean tape has no faults.
expect 0 simulate clean.mkv -o plain.mkv --tape-speed clean --no-sound
expect 0 analyze plain.mkv -o p.json -y
is "$(jq -r '[.measurements | to_entries[] | select(.key == ("noise.luma", "jitter.rms", "dropout.rate", "flicker", "headswitch.lines")) | select(.value.value > 0.5)] | length' p.json)" 0 "clean"

# Odd inputs: an answer or a clear error, never a guess.
ffmpeg -v error -f lavfi -i color=black:s=720x576:r=25:d=2 -c:v ffv1 black.mkv
expect 0 analyze black.mkv -o p.json -y
is "$(type scan.order) $(type noise.luma)" "none none" "black"
is "$(jq -r '.sections[0].kind' p.json)" black "black: section"
ffmpeg -v error -f lavfi -i nullsrc=s=720x576:r=25:d=1 -vf "geq=random(1)*255:128:128" -c:v ffv1 snow.mkv
expect 0 analyze snow.mkv -o p.json -y
is "$(type noise.luma)" none "snow"
is "$(jq -r '.sections[0].kind' p.json)" snow "snow: section"
ffmpeg -v error -i tape.mkv -frames:v 1 -c:v ffv1 one.mkv
expect 0 analyze one.mkv -o p.json -y
is "$(type scan.order)" none "one frame"
ffmpeg -v error -f lavfi -i testsrc2=s=1280x720:r=50:d=1 -pix_fmt yuv420p -c:v ffv1 hd.mkv
expect 0 analyze hd.mkv -o p.json -y
is "$(type scan.type) $(type standard)" "progressive other" "HD"
out_has 'none' # no tape has so many lines: nothing is said of single ones
ffmpeg -v error -f lavfi -i sine=d=1 -c:a pcm_s16le sound.mkv
expect 3 analyze sound.mkv
err_has 'no picture'
head -c 20000 /dev/urandom >trash.mkv
expect 3 analyze trash.mkv
head -c $(($(stat -c %s tape.mkv) / 2)) tape.mkv >half.mkv
expect 0 analyze half.mkv -o p.json -y
is "$(type scan.order)" bff "cut short"
finish
