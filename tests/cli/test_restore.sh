# restore: progress in a log and as JSON, results, statistics, refusals, signals; the input stays as it is.
. "$LIB"
ffmpeg -v error -f lavfi -i testsrc2=s=352x288:r=50:d=1.2 -f lavfi -i sine=d=1.2 \
  -vf tinterlace=interleave_top,setfield=tff -c:v ffv1 -flags +ilme+ildct -c:a pcm_s16le in.avi || fail "making in.avi"
cksum in.avi >before.txt
fast="--preset fast --encoder ffv1 --height 0 --no-analyze" # nothing here is about measuring

expect 0 restore in.avi -o out.mkv $fast
is "$(grep -c 'pictures  .* fps' err.txt)" 20 "lines of progress in a log"
err_has '^vhsup: 100.0 %  60/60 pictures'
err_has '^vhsup: out.mkv: 60 pictures, 1.20 s,'
[ -s out.txt ] && fail "standard output is not empty"
is "$(ffprobe -v error -select_streams v -count_frames -show_entries stream=nb_read_frames -of csv=p=0 out.mkv)" 60 "pictures in the file"

expect 4 in.avi -o out.mkv $fast
err_has 'out.mkv'
expect 0 in.avi -o out.mkv $fast -y -q
[ -s err.txt ] && fail "-q is not quiet"
expect 0 in.avi -o out.mkv $fast -y --progress none
is "$(grep -c 'fps' err.txt)" 0 "lines with --progress none"
expect 0 in.avi -o out.mkv $fast -y --duration 0.3
is "$(grep -c 'pictures  .* fps' err.txt)" 1 "lines of progress for 15 pictures"

expect 0 in.avi -o out.mkv $fast -y --json --stats stats.jsonl --metrics metrics.prom
tail -1 out.txt | grep -q '^{"type": "result", "exit_status": 0, "status": "ok", "message": null, "input": "in.avi", "output": "out.mkv", ' \
  || fail "the last line of --json is no result"
grep -v '^{"type": "[a-z]*", .*}$' out.txt && fail "a line of --json is no object"
grep -q '^{"type": "event", "event": "plan.step", "node": "restore", "step": "[a-z-]*", "does": [01], "reason": "..*"}$' out.txt \
  || fail "--json does not tell the steps of the plan"
out_has '"type": "progress", "frames_done": 60, "frames_total": 60, "percent": 100,'
for field in preprocessing_time_sec upscaling_time_sec encoding_time_sec total_time_sec peak_memory_mb \
  gpu_utilization_percent frames_per_second model_load_time_sec queue_query_time_ms; do
  tail -1 stats.jsonl | grep -q "^{\"type\": \"job\".*\"$field\": " || fail "stats.jsonl lacks $field"
done
grep -q '^{"type": "stage", "node": "encode", .*"p99": ' stats.jsonl || fail "stats.jsonl lacks the encoder's times"
grep -q '^vhsup_job_frames_out 60$' metrics.prom || fail "metrics.prom lacks the pictures"

# An earlier run to compare with: slower than that is told, not slower is not. Times differ widely on busy machines.
sed 's/"encoding_time_sec": [^,]*,/"encoding_time_sec": 0.000001,/' stats.jsonl >swift.jsonl
sed 's/_sec": [^,]*,/_sec": 1000,/g; s/"peak_memory_mb": [^,]*,/"peak_memory_mb": 100000,/' stats.jsonl >slow.jsonl
expect 0 in.avi -o out.mkv $fast -y --baseline swift.jsonl
err_has 'warning: encoding was .* ms a picture, .* of the run compared with (alert above 1.2)'
expect 0 in.avi -o out.mkv $fast -y -q --baseline slow.jsonl
[ -s err.txt ] && fail "an alert without a cause"
rm swift.jsonl slow.jsonl
expect 3 nothing.avi -o x.mkv --json
tail -1 out.txt | grep -q '"exit_status": 3, "status": "input error", "message": "nothing.avi' || fail "JSON result of a failure"

# Sharpening by hand is done, and told.
expect 0 restore in.avi -o plain.mkv $fast --repair none --duration 0.2 --framemd5 plain.md5 -q
expect 0 restore in.avi -o sharp.mkv $fast --repair none --duration 0.2 --framemd5 sharp.md5 --sharpen cas=0.4
err_has 'sharpen: asked for'
cmp -s plain.md5 sharp.md5 && fail "--sharpen cas changes nothing"
rm plain.mkv plain.md5 sharp.mkv sharp.md5

expect 0 restore in.avi -o plan.mkv --dry-run
[ -e plan.mkv ] && fail "--dry-run wrote plan.mkv"
[ -s out.txt ] || fail "--dry-run printed nothing"

# One process: no child, no second program.
if command -v strace >/dev/null && strace -o trace.txt true 2>/dev/null; then
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=execve,fork,vfork -o trace.txt "$VHSUP" in.avi -o out.mkv $fast -y -q >out.txt 2>err.txt </dev/null
  is $? 0 "status under strace"
  is "$(grep -c execve trace.txt)" 1 "execve calls"
  is "$(grep -c 'fork(' trace.txt)" 0 "fork calls"
fi
rm -f trace.txt

# A signal ends the job in order: status 130, nothing left behind.
ffmpeg -v error -f lavfi -i testsrc2=s=720x576:r=25:d=8 -c:v mpeg2video -q:v 5 long.mpg || fail "making long.mpg"
for signal in INT TERM; do
  "$VHSUP" restore long.mpg -o stopped.mkv --preset none --encoder-preset veryslow >out.txt 2>err.txt </dev/null &
  job=$!
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    grep -q fps err.txt && break
  done
  kill -$signal $job
  wait $job
  is $? 130 "status after SIG$signal"
  last="SIG$signal"
  err_has 'nothing was written under the output.s name'
done
cksum in.avi | cmp -s - before.txt || fail "the input has changed"
rm -f before.txt
only_files "in.avi long.mpg metrics.prom out.mkv stats.jsonl "
finish
