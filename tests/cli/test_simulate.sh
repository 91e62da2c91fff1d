# simulate: a clean tape is exact interlacing, the same seed gives the same file, the truth tells, mistakes are named.
. "$LIB"
ffmpeg -v error -f lavfi -i testsrc2=s=720x576:r=50:d=0.24 -f lavfi -i sine=d=0.24:r=48000 -pix_fmt yuv420p \
  -c:v ffv1 -c:a pcm_s16le clean.mkv

expect 0 simulate clean.mkv -o tape.mkv --tape-speed clean --no-sound
ffmpeg -v error -i tape.mkv -f framemd5 a.md5
ffmpeg -v error -i clean.mkv -an -vf tinterlace=interleave_top -r 25 -f framemd5 b.md5
is "$(sed -n 's/.*, //p' a.md5 | grep -v '[a-z ]\{9\}:' | sort)" "$(sed -n 's/.*, //p' b.md5 | sort)" "interlacing"
is "$(ffprobe -v error -select_streams v -show_entries stream=field_order,r_frame_rate -of csv=p=0 tape.mkv)" "tt,25/1" "order"
rm -f a.md5 b.md5 tape.mkv

expect 0 simulate clean.mkv -o one.mkv --tape-speed worn --truth one.json --tape-dropouts 3
expect 0 simulate clean.mkv -o two.mkv --tape-speed worn --tape-dropouts 3 --threads 1 --cpu c
is "$(ffmpeg -v error -i one.mkv -f md5 -)" "$(ffmpeg -v error -i two.mkv -f md5 -)" "same seed, same bits"
is "$(grep -c '"schema": "vhsup-tape-truth"' one.json)" 1 "schema"
is "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 one.mkv | sort | tr '\n' ' ')" "audio video " "streams"
expect 0 simulate clean.mkv -o two.mkv -y --tape-speed worn --tape-seed 2
[ "$(ffmpeg -v error -i one.mkv -f md5 -)" != "$(ffmpeg -v error -i two.mkv -f md5 -)" ] || fail "the seed does nothing"

expect 0 simulate clean.mkv -o small.mkv --rate frame --size 352x288 --tape-order bff
is "$(ffprobe -v error -select_streams v -show_entries stream=width,height,field_order,r_frame_rate -of csv=p=0 small.mkv)" \
  "352,288,bb,50/1" "raster"

expect 4 simulate clean.mkv -o one.mkv
err_has 'one.mkv'
expect 4 simulate clean.mkv -o three.mkv --truth one.json
err_has 'one.json exists'
expect 2 simulate clean.mkv
err_has 'no output'
expect 2 simulate clean.mkv -o x.mkv --tape-noise 100
err_has 'tape-noise.*100.*0 to 60'
expect 2 simulate clean.mkv -o x.mkv --encoder nonsense
err_has 'nonsense'
expect 3 simulate none.mkv -o x.mkv
expect 2 simulate one.mkv -o x.mkv
err_has 'interlaced'
expect 4 simulate clean.mkv -o clean.mkv -y
only_files "clean.mkv one.json one.mkv small.mkv two.mkv "
finish
