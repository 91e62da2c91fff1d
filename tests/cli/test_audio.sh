# `vhsup audio`: clean sound is copied, faults are repaired, loudness is met, what cannot be done is said.
. "$LIB"

# An offset of 0.02 on noise-like programme is a fault that needs no long clip.
ffmpeg -v error -f lavfi -i "aevalsrc=0.2*sin(2*PI*t*(300+80*sin(3*t)))*sin(2*t)+0.02|0.2*sin(2*PI*t*(410+50*sin(2*t)))*cos(2*t):s=48000:d=4" \
  -f lavfi -i "testsrc2=s=192x144:r=25:d=4" -map 1:v -map 0:a -c:v ffv1 -c:a pcm_s16le bad.mkv
ffmpeg -v error -f lavfi -i "aevalsrc=0.2*sin(2*PI*t*(300+80*sin(3*t)))*sin(2*t)|0.2*sin(2*PI*t*(410+50*sin(2*t)))*cos(2*t):s=48000:d=4" \
  -c:a pcm_s16le clean.mka
md5() { ffmpeg -v error -i "$1" -map 0:a -f md5 -; }

expect 0 audio clean.mka -o copy.mka
[ "$(md5 clean.mka)" = "$(md5 copy.mka)" ] || fail "clean sound was changed"
expect 0 audio clean.mka --dry-run
grep -q "nothing wrong was measured" out.txt || fail "dry run does not say that nothing is wrong"

expect 0 audio bad.mkv --dry-run
grep -q "offset of 0.0[12]" out.txt || fail "the offset was not planned away"
expect 0 audio bad.mkv -o mended.flac --json
grep -q '"tracks_repaired": 1' out.txt || fail "result does not count the repair"
mean=$(ffmpeg -v info -i mended.flac -af astats -f null - 2>&1 | sed -n 's/.*DC offset: *//p' | head -1)
awk -v m="$mean" 'BEGIN { exit !(m < 0.001 && m > -0.001) }' || fail "offset left: $mean"
[ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 mended.flac)" = audio ] || fail "more than sound was written"

expect 0 audio clean.mka -o loud.flac --audio-loudness -20
lufs=$(ffmpeg -v info -i loud.flac -af ebur128 -f null - 2>&1 | sed -n 's/^ *I: *\(-[0-9.]*\) LUFS/\1/p' | tail -1)
awk -v l="$lufs" 'BEGIN { exit !(l < -19.75 && l > -20.25) }' || fail "loudness $lufs instead of -20"

expect 0 audio clean.mka -o wide.flac --audio-layout 5.1 --audio-upmix simple
[ "$(ffprobe -v error -show_entries stream=channels -of csv=p=0 wide.flac)" = 6 ] || fail "upmix has not 6 channels"
expect 0 audio clean.mka -o wider.flac --audio-layout 5.1 --audio-upmix surround --audio-mode voice
[ "$(ffprobe -v error -show_entries stream=channels -of csv=p=0 wider.flac)" = 6 ] || fail "surround has not 6 channels"
for mode in none light moderate aggressive voice music; do
  expect 0 audio clean.mka -o $mode.flac --audio-mode $mode
done

expect 2 audio clean.mka -o x.flac --audio-upmix simple
expect 2 audio clean.mka -o x.flac --audio-hum on
expect 2 audio clean.mka -o x.flac --audio copy --audio-mode voice
expect 2 audio clean.mka
expect 4 audio clean.mka -o copy.mka
cp clean.mka part.mka
expect 0 audio clean.mka --join part.mka -o both.flac
[ "$(ffprobe -v error -show_entries format=duration -of csv=p=0 both.flac | cut -d. -f1)" = 8 ] || fail "joined sound is not 8 s"
expect 4 audio clean.mka --join part.mka -o part.mka -y
ffmpeg -v error -f lavfi -i "testsrc2=s=192x144:r=25:d=1" -c:v ffv1 mute.mkv
expect 3 audio mute.mkv -o x.flac
"$VHSUP" audio - -o x.flac --audio-loudness -16 <clean.mka >out.txt 2>err.txt
[ $? = 5 ] || fail "loudness from a pipe was not refused"
grep -q "audio-gain" err.txt || fail "refusal does not say the way out"
"$VHSUP" audio - -o piped.flac <clean.mka >out.txt 2>err.txt || fail "sound from a pipe"
finish
