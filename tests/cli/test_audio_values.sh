# Every mode on every rate and number of channels gives sound of the same length; every value is honoured; layouts and upmixes.
. "$LIB"

sound="0.3*sin(2*PI*(140+30*sin(5*t))*t)*abs(sin(3*t))+0.03*sin(2*PI*1900*t)*abs(sin(7*t))+0.002*(random(0)-0.5)"
make() # NAME RATE CHANNELS SECONDS
{
  all=$sound
  for _ in $(seq 2 "$3"); do all="$all|0.7*($sound)"; done
  ffmpeg -v error -f lavfi -i "aevalsrc=$all:s=$2:d=$4" -c:a pcm_f32le "$1.mka"
}
facts() { ffprobe -v error -show_entries stream=channels,sample_rate -of csv=p=0 "$1"; }
samples() { ffmpeg -v error -i "$1" -f s16le - | wc -c; }
md5() { ffmpeg -v error -i "$1" -map 0:a -f md5 -; }

for rate in 8000 11025 16000 22050 32000 44100 96000 192000; do
  make rate$rate $rate 2 0.5
  for mode in none light moderate aggressive voice music; do
    expect 0 audio rate$rate.mka -o out.wav -y --audio-mode $mode --audio-codec pcm_s16le
    is "$(facts out.wav) $(samples out.wav)" "$rate,2 $(samples rate$rate.mka)" "rate $rate, mode $mode"
  done
done
for channels in 1 2 6 8; do
  make channels$channels 48000 $channels 0.5
  for mode in none light moderate aggressive voice music; do
    expect 0 audio channels$channels.mka -o out.wav -y --audio-mode $mode --audio-codec pcm_s16le
    is "$(facts out.wav) $(samples out.wav)" "48000,$channels $(samples channels$channels.mka)" "$channels channels, mode $mode"
  done
done

# What is asked for by hand is done: each line differs from what came before it.
make tape 48000 2 2
value() # OPTIONS…
{
  expect 0 audio tape.mka -o value.wav -y --audio-mode none --audio-codec pcm_s16le "$@"
  now=$(md5 value.wav)
  [ "$now" != "$last" ] || fail "without effect: $*"
  last=$now
}
last=
value
value --audio-azimuth on --audio-azimuth-delay 2.5
value --audio-clip on --audio-clip-level 0.2
value --audio-buzz on --audio-buzz-rate 50
value --audio-buzz on --audio-buzz-rate 50 --audio-buzz-keep 8
value --audio-hum on --audio-hum-frequency 140
value --audio-hum on --audio-hum-frequency 140 --audio-hum-harmonics 2
value --audio-whistle on --audio-whistle-frequency 15625
value --audio-polarity on
value --audio-mono on
value --audio-hiss on --audio-hiss-floor -60
value --audio-hiss on --audio-hiss-floor -60 --audio-hiss-reduction 6
value --audio-hiss on --audio-hiss-floor -60 --audio-hiss-method afftdn
value --audio-hiss on --audio-hiss-floor -60 --audio-hiss-method anlmdn
value --audio-highpass 200
value --audio-lowpass 4000
value --audio-compress 3
value --audio-filter volume=0.5
value --audio-gain 3
value --audio-rate 32000
value --audio-loudness -14
value --audio-loudness -14 --audio-peak -9
value --audio-loudness -14 --audio-gain-most 1
value --audio-loudness -14 --audio-floor-most -80

# Layouts, with and without made-up channels.
for from in 1 2 6 8; do
  for to in mono:1 stereo:2 5.1:6 7.1:8; do
    expect 0 audio channels$from.mka -o out.wav -y --audio-layout "${to%:*}"
    is "$(facts out.wav)" "48000,${to#*:}" "$from channels to $to"
  done
done
for upmix in simple surround; do
  for to in 5.1:6 7.1:8; do
    expect 0 audio channels2.mka -o out.wav -y --audio-layout "${to%:*}" --audio-upmix $upmix
    is "$(facts out.wav)" "48000,${to#*:}" "$upmix to $to"
    silent=$(ffmpeg -nostats -i out.wav -af astats=measure_overall=none -f null - 2>&1 | grep -c 'RMS level dB: -inf' || true)
    is "$silent" 0 "$upmix to $to leaves channels empty"
  done
done
finish
