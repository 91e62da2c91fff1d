#!/usr/bin/env bash
# Where outputs may and may not go: never over the source, never over what exists unless asked, never half done.
. "$(dirname "$0")/captures.bash"

quick=(--encoder-preset ultrafast --height 288 --no-analyze --field-order tff) # nothing here is about measuring
make in.mkv -f lavfi -i "$(interlaced 0.4)" -c:v ffv1
before=$(md5sum in.mkv)
ln -s in.mkv soft.mkv
ln in.mkv hard.mkv

for out in in.mkv ./in.mkv soft.mkv hard.mkv; do
    run 4 restore in.mkv -o $out -y "${quick[@]}"
    says "is the input itself"
done
run 4 restore soft.mkv -o in.mkv -y "${quick[@]}"
says "is the input itself"
is source "$(md5sum in.mkv)" "$before"

echo precious >there.mkv
run 4 restore in.mkv -o there.mkv "${quick[@]}"
says "exists; -y replaces it"
run 4 restore in.mkv -o there.mkv -n "${quick[@]}"
is "what was there" "$(cat there.mkv)" precious
run 0 restore in.mkv -o there.mkv -y "${quick[@]}"
is "replaced" "$(pictures there.mkv)" 20

# A failing job leaves what was there, also with -y.
echo precious >there2.mkv
run 2 restore in.mkv -o there2.mkv -y --encoder-option no-such=1
is "after a failure" "$(cat there2.mkv)" precious

run 4 restore in.mkv -o no/such/folder/out.mkv "${quick[@]}"
says "does not exist"
mkdir folder.mkv locked
run 4 restore in.mkv -o folder.mkv "${quick[@]}"
says "is a folder"
chmod a-w locked
if [ "$(id -u)" != 0 ]; then
    run 4 restore in.mkv -o locked/out.mkv "${quick[@]}"
    says "cannot be written"
elif command -v setpriv >/dev/null; then
    # Nothing is locked for root: somebody else has to try.
    chmod a+rx "$work"
    cp "$vhsup" program
    setpriv --reuid=65534 --regid=65534 --clear-groups ./program restore in.mkv -o locked/out.mkv "${quick[@]}" 2>said </dev/null
    is "an unwritable folder" $? 4
    says "the folder locked cannot be written"
    setpriv --reuid=65534 --regid=65534 --clear-groups ./program restore in.mkv -o - --format nut --stats locked/stats "${quick[@]}" 2>said </dev/null
    is "an unwritable folder for --stats" $? 4
    says "--stats locked/stats cannot be written"
    rm program
fi

# Names that shells and libraries stumble over.
cp in.mkv "a: 'b' [c], 100%;.mkv"
run 0 restore "a: 'b' [c], 100%;.mkv" -o "-o: 'b' [c].mkv" "${quick[@]}"
[ -s "./-o: 'b' [c].mkv" ] || fault "a strange name is lost"

# A full disk: status 6, the message, nothing left.
run 6 restore in.mkv -o /dev/full --format mkv "${quick[@]}"
says "the disk is full"
(
    ulimit -f 40 # blocks of 1024
    trap '' XFSZ
    run 6 restore in.mkv -o large.mkv --encoder ffv1
    says "no file larger"
    exit "$faults"
) || faults=$((faults + 1))
[ ! -e large.mkv ] || fault "half a file kept its name"
tidy

# Stopped in the middle: nothing under the final name, nothing beside it.
make longer.mkv -f lavfi -i "$(interlaced 20)" -c:v mpeg2video -b:v 3M
"$vhsup" restore longer.mkv -o stopped.mkv --encoder-preset slow -q 2>said &
pid=$!
for _ in $(seq 100); do [ -e .stopped.mkv.vhsup-part ] && break; sleep 0.1; done
sleep 0.3
kill -TERM $pid
wait $pid
is "stopped" $? 130
[ ! -e stopped.mkv ] || fault "a stopped job left an output"
finish
