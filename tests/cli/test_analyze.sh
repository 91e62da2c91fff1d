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
out_has 'noise.luma .*codes'
out_has 'motion-deinterlace *interlaced, bff (measured)'
ffmpeg -v error -i flat.mkv -c copy -f nut - 2>/dev/null | "$VHSUP" analyze - -o p.json -y >/dev/null 2>err.txt || fail "pipe"
is "$(type scan.type) $(type scan.order)" "interlaced bff" "pipe: fields"
expect 0 analyze tape.mkv --all
out_has '^measured'
out_has 'moving frame pairs'

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
ffmpeg -v error -f lavfi -i sine=d=1 -c:a pcm_s16le sound.mkv
expect 3 analyze sound.mkv
err_has 'no picture'
head -c 20000 /dev/urandom >trash.mkv
expect 3 analyze trash.mkv
head -c $(($(stat -c %s tape.mkv) / 2)) tape.mkv >half.mkv
expect 0 analyze half.mkv -o p.json -y
is "$(type scan.order)" bff "cut short"
finish
