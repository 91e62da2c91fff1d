# compare: figures as ffmpeg's filters give them, offset, sizes, crop, side by side, mistakes.
. "$LIB"
ffmpeg -v error -f lavfi -i testsrc2=s=352x288:r=25:d=1.2 -pix_fmt yuv420p -c:v ffv1 a.mkv
ffmpeg -v error -i a.mkv -vf "noise=alls=12:allf=t+u:all_seed=3,gblur=0.7" -c:v ffv1 b.mkv
ffmpeg -v error -i b.mkv -vf "trim=start_frame=3,setpts=PTS-STARTPTS" -c:v ffv1 late.mkv

# The figure "name" of group "key" in the JSON line: json psnr y
json()
{
  sed -n "s/.*\"$1\": {[^}]*\"$2\": \([-0-9.e]*\).*/\1/p" out.txt
}

expect 0 compare a.mkv b.mkv --json --offset 0
out_has '"offset": 0'
ours="$(json psnr y) $(json psnr u) $(json psnr v) $(json psnr all)"
theirs=$(ffmpeg -v info -i a.mkv -i b.mkv -lavfi '[0]setpts=N[a];[1]setpts=N[b];[a][b]psnr' -f null - 2>&1 |
  sed -n 's/.*PSNR y:\([0-9.]*\) u:\([0-9.]*\) v:\([0-9.]*\) average:\([0-9.]*\).*/\1 \2 \3 \4/p')
echo "$ours $theirs" | awk '{ for (i = 1; i <= 4; i++) if (($i - $(i + 4))^2 > 1e-4) exit 1 }' ||
  fail "psnr $ours, ffmpeg's $theirs"
ours="$(json ssim y) $(json ssim u) $(json ssim v) $(json ssim all)"
theirs=$(ffmpeg -v info -i a.mkv -i b.mkv -lavfi '[0]setpts=N[a];[1]setpts=N[b];[a][b]ssim' -f null - 2>&1 |
  sed -n 's/.*SSIM Y:\([0-9.]*\) .*U:\([0-9.]*\) .*V:\([0-9.]*\) .*All:\([0-9.]*\).*/\1 \2 \3 \4/p')
echo "$ours $theirs" | awk '{ for (i = 1; i <= 4; i++) if (($i - $(i + 4))^2 > 1e-8) exit 1 }' ||
  fail "ssim $ours, ffmpeg's $theirs"

expect 0 compare a.mkv late.mkv --json
out_has '"offset": -3'
out_has '"frames": 27'
expect 0 compare a.mkv a.mkv --json
out_has '"psnr": {"y": null, "u": null, "v": null, "all": null}'
out_has '"flicker": 0, "combing": 0,'
out_has '"identical": true'
expect 0 compare a.mkv b.mkv
out_has '^PSNR '
out_has '^combing '

ffmpeg -v error -i b.mkv -vf scale=704x576 -c:v ffv1 large.mkv
expect 0 compare a.mkv large.mkv
out_has 'B, 704x576, was brought to'
rm -f large.mkv

expect 0 compare a.mkv b.mkv --crop 8:8:16:16 --each -o beside.mkv --image beside.png --image-time 0.4 --duration 0.8
is "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 beside.mkv)" "712,288" "side by side clip"
is "$(ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 beside.png)" "png,712,288" "still"
is "$(grep -c '^ *[0-9][0-9]*  psnr' out.txt)" 20 "lines of --each"

expect 4 compare a.mkv b.mkv --image beside.png
err_has 'beside.png exists'
expect 4 compare a.mkv b.mkv -o beside.mkv
expect 2 compare a.mkv b.mkv --crop 200:200:0:0
err_has 'crop less'
expect 2 compare a.mkv b.mkv --crop 1:2:3
expect 2 compare a.mkv
expect 3 compare a.mkv none.mkv
ffmpeg -v error -i a.mkv -r 50 -c:v ffv1 fast.mkv
expect 2 compare a.mkv fast.mkv
err_has 'pictures a second'
only_files "a.mkv b.mkv beside.mkv beside.png fast.mkv late.mkv "
finish
