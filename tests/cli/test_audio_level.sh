# Two-pass loudness on ten kinds of sound: within 0.2 LU of the target, true peak under the limit; the picture is
# decoded by the job itself and by nothing else. Unusual sound: a clear result or a clear error.
. "$LIB"

make() # NAME RATE EXPRESSION [FILTER]
{
  ffmpeg -v error -f lavfi -i "aevalsrc=$3:s=$2:d=5" ${4:+-af "$4"} -c:a pcm_f32le "$1.mka"
}

voice="0.3*sin(2*PI*(140+30*sin(5*t))*t)*abs(sin(3*t))*gt(sin(1.7*t)\,-0.4)+0.1*sin(2*PI*1900*t)*abs(sin(7*t))"
music="0.1*sin(2*PI*220*t)+0.1*sin(2*PI*277*t)+0.1*sin(2*PI*330*t)*abs(sin(4*t))+0.05*sin(2*PI*1760*t)"
make voice 48000 "$voice|$voice"
make music 44100 "$music|0.8*($music)"
make quiet 48000 "0.02*($voice)|0.02*($music)"
make loud 48000 "2.4*($music)|2.4*($music)" "alimiter=limit=1:level=0"
make clipped 48000 "clip(3*($voice)\,-0.5\,0.5)|clip(3*($voice)\,-0.5\,0.5)"
make gaps 48000 "($music)*lt(mod(t\,4)\,1.5)|($music)*lt(mod(t\,4)\,1.5)"
make mono 32000 "$voice"
make six 48000 "$voice|$music|0.5*($voice)|0|0.3*($music)|0.3*($voice)"
make telephone 8000 "$voice"
make studio 192000 "$music|$voice"

level() # FILE TARGET
{
  ffmpeg -nostats -i "$1" -map 0:a -af ebur128=peak=true -f null - 2>sum.txt
  i=$(sed -n 's/^ *I: *\(-[0-9.]*\) LUFS/\1/p' sum.txt | tail -1)
  p=$(sed -n 's/^ *Peak: *\(-*[0-9.]*\) dBFS/\1/p' sum.txt | tail -1)
  awk -v i="$i" -v t="$2" -v p="$p" 'BEGIN { exit !(i - t <= 0.2 && t - i <= 0.2 && p <= -0.9) }' ||
    fail "$1: $i LUFS and $p dBTP instead of $2 and -1"
}

for name in voice music quiet loud clipped gaps mono six telephone studio; do
  expect 0 audio $name.mka -o $name.wav --audio-loudness -23 --audio-gain-most 60 --audio-floor-most 0
  level $name.wav -23
done
expect 0 audio voice.mka -o near.wav --audio-loudness -16 --audio-gain-most 60 --audio-floor-most 0 # the limiter works
level near.wav -16

# Counted: the job decodes each picture once; the passes over the sound decode none.
ffmpeg -v error -f lavfi -i "testsrc2=s=192x144:r=25:d=5" -i voice.mka -c:v ffv1 -c:a copy tape.mkv
pictures() { sed -n 's/.*stream 0: \([0-9]*\) frames decoded.*/\1/p' err.txt | awk '{ n += $1 } END { print n + 0 }'; }
expect 0 audio tape.mkv -o tape.wav --audio-loudness -20 --verbose
[ "$(pictures)" = 0 ] || fail "sound alone decoded $(pictures) pictures"
grep -q "stream 1: [0-9]* frames decoded" err.txt || fail "the decoded sound is not counted"
expect 0 restore tape.mkv -o tape.mp4 --preset none --verbose
once=$(pictures)
grep -q "stream 0: 125 frames decoded" err.txt || fail "the job did not decode its 125 pictures"
expect 0 restore tape.mkv -o tape.mp4 -y --preset none --audio-loudness -20 --verbose
[ "$(pictures)" = "$once" ] || fail "loudness decoded $(pictures) pictures, $once without it"

# Sound that begins later or earlier than the picture still does, within 1 ms.
first_click() { ffmpeg -hide_banner -copyts -i "$1" -vn -af silencedetect=noise=-9dB:d=0.4 -f null - 2>&1 | sed -n 's/.*silence_end: \([0-9.]*\).*/\1/p' | head -1; }
starts() { ffprobe -v error -select_streams "$2" -show_entries stream=start_time -of csv=p=0 "$1"; }
for offset in 0.25 -0.12; do
  ffmpeg -v error -y -f lavfi -i "testsrc2=s=128x96:r=25:d=3,setfield=tff" -itsoffset $offset -f lavfi \
    -i "aevalsrc='if(lt(mod(t+0.2,1),0.003),0.8,0.05*sin(2*PI*333*t))':s=48000:d=3" -map 0 -map 1 -copyts -avoid_negative_ts make_zero \
    -c:v ffv1 -c:a pcm_s16le offset.mkv
  for mode in none aggressive; do
    expect 0 restore offset.mkv -o offset_$mode.mkv -y --no-analyze --encoder ffv1 --height 0 --audio-mode $mode --audio-codec flac
    awk -v a="$(first_click offset.mkv)" -v b="$(first_click offset_$mode.mkv)" -v c="$(starts offset.mkv v)" -v d="$(starts offset_$mode.mkv v)" \
      'BEGIN { e = (b - d) - (a - c); exit !(a > 0.5 && e < 0.001 && e > -0.001) }' || fail "offset $offset, mode $mode: sound moved"
  done
done

# Unusual sound.
make silence 48000 "0|0"
make eight 48000 "$voice|$music|$voice|0|$music|$voice|$music|$voice"
ffmpeg -v error -f lavfi -i "aevalsrc=0.3:s=48000:d=0.0000209" -c:a pcm_s16le one.wav
head -c 400000 /dev/zero | tr '\0' '\377' >ones # every 32-bit float of it is no number
ffmpeg -v error -f f32le -ar 48000 -ac 2 -i ones -c:a copy nan.mka
head -c 900000 voice.mka >broken.mka
for name in silence eight one.wav nan broken telephone studio; do
  file=$name
  [ -f "$file" ] || file=$name.mka
  modes="auto aggressive voice"
  [ $name = telephone ] && modes="auto none light moderate aggressive voice music"
  for mode in $modes; do
    rm -f odd.wav
    expect 0 audio $file -o odd.wav --audio-mode $mode
    ffprobe -v error -show_entries stream=channels odd.wav >/dev/null || fail "$name in mode $mode gave no sound"
  done
done
expect 0 audio silence.mka -o still.wav --audio-loudness -23
peak=$(ffmpeg -nostats -i still.wav -af astats -f null - 2>&1 | sed -n 's/.*Peak level dB: *//p' | tail -1)
[ "$peak" = -inf ] || fail "silence has a peak of $peak dB"
expect 0 audio nan.mka -o nan.wav
err_has "no numbers"

# A noise model of the user's: the smallest there is, which turns everything down by 5 dB.
awk 'function zeros(n,  i) { for (i = 0; i < n; i++) printf "%d ", 0; print "" }
  BEGIN { print "rnnoise-nu model file version 1"; print "42 1 0"; zeros(42); zeros(1); print "1 1 0"; zeros(3); zeros(3); zeros(3)
    print "44 1 0"; zeros(132); zeros(3); zeros(3); print "44 1 0"; zeros(132); zeros(3); zeros(3)
    print "1 22 1"; zeros(22); for (i = 0; i < 22; i++) printf "%d ", 127; print ""; print "1 1 1"; zeros(1); zeros(1) }' >tiny.rnnn
for file in voice mono; do # 48 and 32 kHz
  expect 0 audio $file.mka -o by_model.wav -y --audio-hiss on --audio-hiss-method arnndn --audio-hiss-model tiny.rnnn --audio-hiss-mix 1
  rms() { ffmpeg -nostats -i "$1" -af astats -f null - 2>&1 | sed -n 's/.*RMS level dB: *//p' | tail -1; }
  awk -v a="$(rms $file.mka)" -v b="$(rms by_model.wav)" 'BEGIN { exit !(a - b > 2 && a - b < 8) }' || fail "the model did nothing to $file"
done
echo "not a model" >bad.rnnn
"$VHSUP" audio voice.mka -o x.wav --audio-hiss on --audio-hiss-method arnndn --audio-hiss-model bad.rnnn >out.txt 2>err.txt
[ $? != 0 ] || fail "a bad model was taken"
[ "$(grep -c -i "error" err.txt)" -le 2 ] || fail "more than one error for a bad model"
[ ! -e x.wav ] || fail "a bad model left a file"
expect 2 audio voice.mka -o x.wav --audio-hiss on --audio-hiss-method arnndn
finish
