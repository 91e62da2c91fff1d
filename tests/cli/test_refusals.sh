# What cannot be done, beside what tests/capture/trouble.sh has: each has one clear message and its own exit status, leaves
# no file under the output's name, and never touches the input.
. "$LIB"
ffmpeg -v error -f lavfi -i testsrc2=s=352x288:r=50:d=0.6 -f lavfi -i sine=d=0.6 \
  -vf tinterlace=interleave_top,setfield=tff -c:v ffv1 -flags +ilme+ildct -c:a pcm_s16le in.avi || fail "making in.avi"
ffmpeg -v error -i in.avi -an -c copy silent.avi
touch exists.mkv
ln -s in.avi link.mkv
ln in.avi hard.mkv
cksum in.avi >../before.txt

# refused STATUS MESSAGE ARGUMENT...: in.avi or the named input is refused with exactly one line that matches.
refused()
{
  status=$1 message=$2
  shift 2
  expect "$status" restore --preset fast --encoder ffv1 "$@"
  err_has "^vhsup: error: .*$message"
  is "$(wc -l <err.txt)" 1 "$last: lines of message"
  [ -e out.mkv ] && fail "$last: out.mkv was written" && rm -f out.mkv
}

refused 4 'in.avi is the input itself' in.avi -o in.avi
refused 4 'in.avi is the input itself' in.avi -o ./in.avi -y
refused 4 'link.mkv is the input itself' in.avi -o link.mkv -y
refused 4 'hard.mkv is the input itself' in.avi -o hard.mkv -y
refused 4 'exists.mkv exists; -y replaces it' in.avi -o exists.mkv
refused 4 'exists.mkv exists; -y replaces it' in.avi -o exists.mkv -n
refused 2 '-y and -n contradict each other' in.avi -o out.mkv -y -n
refused 4 'the folder nowhere does not exist' in.avi -o nowhere/out.mkv
refused 2 'no output' in.avi
refused 2 'no output format named nonsense' in.avi -o out.mkv --format nonsense
refused 2 'expected key=value' in.avi -o out.mkv --encoder-option slices
refused 2 'size 1441x1080 is odd' in.avi -o out.mkv --size 1441x1080
refused 2 "'99999x99999'\|99999x99999" in.avi -o out.mkv --size 99999x99999
refused 2 'height 7 is odd' in.avi -o out.mkv --height 7
refused 2 '--height and --scale both set' in.avi -o out.mkv --scale 2 --height 720
refused 2 'crop 300:300:0:0 leaves' in.avi -o out.mkv --crop 300:300:0:0
refused 2 'crop "nonsense" is not understood' in.avi -o out.mkv --crop nonsense
refused 2 'deinterlace nonsense is unknown' in.avi -o out.mkv --deinterlace nonsense
refused 2 'nlmeans: s 999 is outside 1 to 30' in.avi -o out.mkv --denoise nlmeans=s=999
refused 2 'hqdn3d: option luma_spatial does not take' in.avi -o out.mkv --denoise hqdn3d=nonsense
refused 2 'engine "nonsense" is unknown' in.avi -o out.mkv --engine nonsense
refused 4 'cannot' in.avi -o /proc/out.mkv

refused 2 '-o - and --json both write to standard output' in.avi -o - --format nut --json
refused 5 'mp4 goes back to its beginning at the end: it cannot be written to a pipe' in.avi -o - --format mp4 --encoder x264
refused 5 '--encoder x264: h264 cannot be stored in gif' in.avi -o out.gif --encoder x264

# Files beside the output are looked at before the work begins, and never written over the input.
for flag in --stats --metrics --framemd5; do
  refused 4 "$flag nowhere/file cannot be written: No such file or directory" in.avi -o out.mkv $flag nowhere/file
  refused 4 "$flag /proc/file cannot be written" in.avi -o out.mkv $flag /proc/file
  refused 4 "$flag in.avi is an input itself" in.avi -o out.mkv $flag in.avi
  refused 4 "$flag hard.mkv is an input itself" in.avi -o out.mkv $flag hard.mkv
  refused 2 "$flag out.mkv is the output itself" in.avi -o out.mkv $flag out.mkv
done
refused 2 '--stats and --metrics both write to file' in.avi -o out.mkv --stats file --metrics file
refused 2 '--baseline nowhere.jsonl: No such file' in.avi -o out.mkv --baseline nowhere.jsonl
refused 2 '--baseline in.avi holds no job of --stats' in.avi -o out.mkv --baseline in.avi

# A capture without sound is no fault.
expect 0 restore silent.avi -o silent.mkv --preset fast --encoder ffv1 --strict

# A disk that fills up, here a limit on the size of files.
(
  ulimit -f 1000
  expect 6 restore in.avi -o full.mkv --preset fast --encoder ffv1
  err_has 'full.mkv'
  finish
) || failures=$((failures + 1))
cksum in.avi | cmp -s - ../before.txt || fail "the input has changed"
rm -f ../before.txt silent.mkv
last="at the end"
only_files "exists.mkv hard.mkv in.avi link.mkv silent.avi "
finish
