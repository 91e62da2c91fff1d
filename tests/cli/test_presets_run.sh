# Every built-in preset makes a file of a small interlaced capture.
. "$LIB"
ffmpeg -v error -f lavfi -i testsrc2=s=352x288:r=50:d=0.4 -vf tinterlace=interleave_top,setfield=tff,setsar=24/11 -c:v ffv1 \
  -flags +ilme+ildct in.avi || fail "making in.avi"
expect 0 preset list --names
for name in $(cat out.txt); do
  expect 0 restore in.avi -o "$name.mkv" --preset "$name" --height 288
  [ -s "$name.mkv" ] || fail "$name: no file"
  pictures=$(ffprobe -v error -select_streams v -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$name.mkv")
  case $name in
    animation | none | webcam | youtube) wanted='^\(8\|10\)$' ;; # frames, ivtc may drop some
    *) wanted='^20$' ;;
  esac
  echo "$pictures" | grep -q "$wanted" || fail "$name: $pictures pictures"
done
finish
