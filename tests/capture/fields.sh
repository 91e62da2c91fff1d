#!/usr/bin/env bash
# The order of the fields decides: on a moving scene the right order beats the wrong one by more than 2 dB, and what is
# measured is what was right. Chroma of one field never reaches the other.
. "$(dirname "$0")/captures.bash"

plain=(--preset none --encoder ffv1)

# psnr FILE: luma of FILE against the truth, in dB.
psnr() {
    ffmpeg -v info -nostdin -i "$1" -i truth.mkv -lavfi "[0:v]setpts=N,extractplanes=y[a];[1:v]setpts=N,extractplanes=y[b];[a][b]psnr" \
        -f null - 2>&1 | sed -n 's/.*PSNR.*average:\([0-9.inf]*\).*/\1/p'
}
hash_of() { ffmpeg -v error -nostdin -i "$1" -map v -f md5 -; }

scene="$(motion $pal_size 50 0.5),scroll=h=0.006,setsar=$pal_sar"
make truth.mkv -f lavfi -i "$scene" -c:v ffv1 -pix_fmt yuv422p
for order in tff bff; do
    first=top other=bff
    [ $order = bff ] && first=bottom other=tff
    make $order.avi -f lavfi -i "$scene,tinterlace=interleave_$first,setfield=prog" -c:v huffyuv -pix_fmt yuv422p
    for method in bwdif motion; do
        run 0 restore $order.avi -o right.mkv -y "${plain[@]}" --pixel 422 --deinterlace $method --field-order $order
        run 0 restore $order.avi -o wrong.mkv -y "${plain[@]}" --pixel 422 --deinterlace $method --field-order $other
        right=$(psnr right.mkv) wrong=$(psnr wrong.mkv)
        awk -v r="$right" -v w="$wrong" 'BEGIN { exit !(r > w + 2 && w > 10) }' || fault "$order $method: $right dB, wrong order $wrong dB"
        run 0 restore $order.avi -o measured.mkv -y "${plain[@]}" --pixel 422 --deinterlace $method --analyze
        is "$order $method, measured order" "$(hash_of measured.mkv)" "$(hash_of right.mkv)"
    done
done

# One field of one colour, the other of another, 4:2:0: the lines of each stay what they are when chroma gets their number.
make two.mkv -f lavfi -i "color=s=720x576:r=25:d=0.08,format=yuv420p,geq=lum=100:cb='if(mod(Y,2),160,90)':cr='if(mod(Y,2),100,150)',setfield=tff,setsar=16/15" \
    -c:v ffv1
run 0 restore two.mkv -o lines.mkv "${plain[@]}" --pixel 444 --deinterlace none --field-order tff
for plane in u v; do
    ffmpeg -v error -nostdin -y -i lines.mkv -frames:v 1 -vf "extractplanes=$plane,crop=1:576:300:0" -f rawvideo -pix_fmt gray lines
    is "lines of $plane" "$(od -An -v -tu1 -w2 lines | sort | uniq -c | awk '{ print $1, $2, $3 }')" \
        "288 $([ $plane = u ] && echo 90 160 || echo 150 100)"
done
finish
