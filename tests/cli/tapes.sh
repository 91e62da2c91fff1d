# Made tapes for the tests of time, sourced by test_timeline*.sh and test_recordings.sh: a moving texture, one picture a field, with a
# click in the sound every second; tapes of it with lost and doubled frames; what is in a file.
export XDG_CACHE_HOME="$PWD/cache" # each tape is measured once
# A moving texture, one picture a field; a click in the sound every second.
ffmpeg -v error -f lavfi -i "nullsrc=s=1024x256:r=1,format=gray,geq=lum='random(1)*255',split[a][b];[a]gblur=sigma=3,eq=contrast=6[a1];[b]gblur=sigma=9,eq=contrast=12[b1];[a1][b1]blend=all_mode=average" \
  -frames:v 1 -update 1 texture.png
ffmpeg -v error -loop 1 -r 50 -i texture.png -f lavfi -i "aevalsrc='if(lt(mod(t,1),0.003),0.8,0.05*sin(2*PI*333*t))':s=48000" -t 8 \
  -vf "crop=192:144:x='10+2*n':y='40',format=yuv420p" -c:v ffv1 -c:a pcm_s16le scene.mkv

make_tape() # name, options of the tape…
{
  name=$1
  shift
  expect 0 simulate scene.mkv -o "$name" -y --size 192x144 --tape-speed sp --tape-hiss=-120 --tape-hum=-120 --tape-buzz=-120 \
    --tape-whistle=-120 --tape-sound-bandwidth 0 "$@"
}

pictures()
{
  ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$1"
}

samples()
{
  ffmpeg -v error -i "$1" -vn -f s16le - | wc -c
}

restore()
{
  expect 0 restore "$@" -y --deinterlace none --encoder ffv1 --audio-codec pcm_s16le
}
