# --deinterlace none: the restored fields, woven again and told to be interlaced. Lines that no repair touches are the
# input's, bit for bit and each in its own field; the repaired ones are those of the repair; encoders and decoders know.
. "$LIB"
for order in tff bff; do
  [ $order = tff ] && weave=interleave_top || weave=interleave_bottom
  ffmpeg -v error -y -f lavfi -i testsrc2=s=352x288:r=50:d=0.4 -vf tinterlace=$weave,setfield=$order,format=yuv420p -c:v ffv1 in.mkv \
    || fail "making in.mkv"
  keep="--deinterlace none --denoise none --repair none --no-analyze --field-order $order --height 0 --sar keep"
  expect 0 restore in.mkv -o out.mkv -y --encoder ffv1 $keep --head-switch mask --head-switch-lines 4
  # Fields of the output against fields of the input: the last 4 lines of each are black, all others the same.
  for file in in out; do
    ffmpeg -v error -y -i $file.mkv -vf separatefields,crop=352:140:0:0 -f framemd5 - | grep -v '^#' | cut -d, -f6 >$file.fields
    ffmpeg -v error -y -i $file.mkv -vf separatefields,crop=352:4:0:140 -pix_fmt yuv420p -f rawvideo - | od -An -v -t u1 -w2112 >$file.bottom
  done
  cmp -s in.fields out.fields || fail "$order: fields differ above the repaired lines"
  is "$(wc -l <out.fields)" 20 "$order: fields"
  awk '{ for (i = 1; i <= 1408; i++) if ($i != 16) exit 1 }' out.bottom || fail "$order: the repaired lines are not black"
  awk '{ for (i = 1; i <= 1408; i++) if ($i != 16) exit 1 }' in.bottom && fail "$order: the input's last lines are black already"
  [ $order = tff ] && first=1 || first=0
  for encoder in ffv1 x264 "ffv1 --denoise hqdn3d"; do # a filter behind a stage of fields changes nothing of it
    expect 0 restore in.mkv -o coded.mkv -y $keep --head-switch mask --head-switch-lines 4 --encoder $encoder
    is "$(ffprobe -v error -select_streams v -show_entries frame=interlaced_frame,top_field_first -of csv=p=0 coded.mkv | grep -o '^[01],[01]' | sort -u)" \
      1,$first "$order: what the decoder of $encoder says"
    is "$(ffprobe -v error -select_streams v -show_entries stream=r_frame_rate -of csv=p=0 coded.mkv)" 25/1 "$order: rate of $encoder"
  done
done
rm -f in.fields out.fields in.bottom out.bottom
only_files "coded.mkv in.mkv out.mkv "
finish
