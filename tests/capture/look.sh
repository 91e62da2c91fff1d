#!/usr/bin/env bash
# Colour, shape, look-up tables and crop through the whole program, by the numbers of single samples.
. "$(dirname "$0")/captures.bash"

# planes FILE WIDTH HEIGHT [at SECONDS]: the picture's planes as files FILE.y .u .v of 8-bit samples.
planes() {
    local p
    for p in y u v; do
        ffmpeg -v error -nostdin -y -i "$1" -frames:v 1 -vf "extractplanes=$p" -f rawvideo -pix_fmt gray "$1.$p"
    done
}
# sample FILE PLANE WIDTH X Y
sample() { od -An -tu1 -j $(($5 * $3 + $4)) -N 1 "$1.$2" | tr -d ' '; }

# The preset none keeps shape and colour; here they are asked for.
plain=(--preset none --field-order progressive --encoder ffv1)
hd=(--height 1080 --sar square --colour auto)

# BT.601 to BT.709 within one code on all bars: the published matrix on the codes of the source.
make bars.mkv -f lavfi -i "pal100bars=s=720x576:r=25:d=0.2,format=yuv422p,setsar=16/15" -c:v ffv1
run 0 restore bars.mkv -o b709.mkv "${plain[@]}" "${hd[@]}" --colour-primaries keep
planes bars.mkv
planes b709.mkv
for bar in 0 1 2 3 4 5 6 7; do
    x=$((bar * 90 + 45))
    read -r y u v < <(awk -v y="$(sample bars.mkv y 720 $x 200)" -v u="$(sample bars.mkv u 360 $((x / 2)) 200)" \
        -v v="$(sample bars.mkv v 360 $((x / 2)) 200)" 'BEGIN { u -= 128; v -= 128
            print y - 0.11555 * u - 0.20794 * v, 128 + 1.01864 * u + 0.11462 * v, 128 + 0.07505 * u + 1.02533 * v }')
    near "bar $bar luma" "$(sample b709.mkv y 1440 $((2 * x)) 375)" "$y" 1
    near "bar $bar blue" "$(sample b709.mkv u 720 $x 187)" "$u" 1
    near "bar $bar red" "$(sample b709.mkv v 720 $x 187)" "$v" 1
done
is "matrix alone" "$(probe b709.mkv v:0 color_space) $(probe b709.mkv v:0 color_primaries)" "bt709 bt470bg"
run 0 restore bars.mkv -o all709.mkv "${plain[@]}" "${hd[@]}"
is "all of it" "$(probe all709.mkv v:0 color_space) $(probe all709.mkv v:0 color_primaries) $(probe all709.mkv v:0 color_transfer)" \
    "bt709 bt709 bt709"
run 0 restore bars.mkv -o small.mkv "${plain[@]}" --colour auto
is "below 720 lines" "$(probe small.mkv v:0 color_space) $(probe small.mkv v:0 color_primaries)" "bt470bg bt470bg"

# What each kind of sample becomes.
while read -r size sar options wanted; do
    make shape.mkv -f lavfi -i "testsrc2=s=$size:r=25:d=0.08,setsar=$sar" -c:v ffv1
    # shellcheck disable=SC2086
    run 0 restore shape.mkv -o shape.out.mkv -y "${plain[@]}" --height 288 ${options//,/ }
    is "$size at $sar $options" "$(probe shape.out.mkv v:0 width)x$(probe shape.out.mkv v:0 height) $(probe shape.out.mkv v:0 sample_aspect_ratio)" \
        "${wanted/_/ }"
done <<TABLE
720x576 16/15 --sar,square 384x288_1:1
720x576 1/1 --sar,square 384x288_1:1
720x480 8/9 --sar,square 384x288_1:1
720x480 0 --sar,square 384x288_1:1
720x486 1/1 --sar,square 384x288_1:1
720x576 64/45 --sar,square 512x288_1:1
640x480 1/1 --sar,square 384x288_1:1
720x576 16/15 --sar,square,--geometry,itu 384x288_1:1
720x480 0 --sar,square,--geometry,itu 384x288_1:1
720x576 16/15 --sar,keep 360x288_16:15
TABLE

# A look-up table whose path needs care, blended truly: an inverting table on gray of code 60.
table="it's a \"LUT\" [1]; \$x, 50%.cube"
printf 'LUT_3D_SIZE 2\n1 1 1\n0 1 1\n1 0 1\n0 0 1\n1 1 0\n0 1 0\n1 0 0\n0 0 0\n' >"$table"
make gray.mkv -f lavfi -i "color=c=black:s=720x576:r=25:d=0.08,format=yuv420p,geq=lum=60:cb=128:cr=128,setsar=16/15" -c:v ffv1
for strength in 0 0.25 0.5 1; do
    run 0 restore gray.mkv -o lut.mkv -y "${plain[@]}" --lut "$table" --lut-strength $strength
    planes lut.mkv
    near "strength $strength" "$(sample lut.mkv y 720 300 300)" "$(awk -v s=$strength 'BEGIN { print 60 + s * (251 - 2 * 60) }')" 1
    near "strength $strength, colour" "$(sample lut.mkv u 360 150 150)" 128 1
done
for look in restore warm cool; do
    run 0 restore gray.mkv -o look.mkv -y "${plain[@]}" --lut $look
done
printf 'LUT_3D_SIZE 2\n1 1 1\nzero one two\n' >broken.cube
run 2 restore gray.mkv -o no.mkv --lut broken.cube
says 'broken.cube:3: '
run 2 restore gray.mkv -o no.mkv --lut missing.cube
says 'missing.cube" cannot be read'

# A crop without scaling is the same samples; with odd numbers luma still is.
make test.mkv -f lavfi -i "testsrc2=s=720x576:r=25:d=0.08,format=yuv420p,setsar=16/15" -c:v ffv1
run 0 restore test.mkv -o crop.mkv "${plain[@]}" --sar keep --crop 2:4:6:8
is "even crop" "$(ffmpeg -v error -i crop.mkv -f md5 -)" "$(ffmpeg -v error -i test.mkv -vf crop=706:570:6:2 -f md5 -)"
run 0 restore test.mkv -o odd.mkv "${plain[@]}" --sar keep --crop 1:5:3:1
is "odd crop" "$(ffmpeg -v error -i odd.mkv -vf extractplanes=y -f md5 -)" \
    "$(ffmpeg -v error -i test.mkv -vf extractplanes=y,crop=716:570:3:1:exact=1 -f md5 -)"
run 2 restore test.mkv -o no.mkv --crop 0:0:400:400
says 'leaves -80x576'
run 2 restore test.mkv -o no.mkv --size 1441x1080
says 'size 1441x1080 is odd'
run 2 restore test.mkv -o no.mkv --height 720 --scale 2
says '--height and --scale both set the size'

finish
