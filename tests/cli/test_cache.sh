# Measurements are kept: analyze then restore measures once, another file or another range does not match, damage is measured anew. And
# --save-preset writes a preset that restores the same way.
. "$LIB"
export XDG_CACHE_HOME="$PWD/cache"
ffmpeg -v error -f lavfi -i testsrc2=s=192x144:r=50:d=1.2 -pix_fmt yuv420p -c:v ffv1 clean.mkv
expect 0 simulate clean.mkv -o tape.mkv --size 192x144 --tape-speed worn --no-sound

expect 0 analyze tape.mkv -o a.json
grep -q earlier err.txt && fail "nothing was measured yet"
is "$(ls cache/vhsup | wc -l)" 1 "one entry"
expect 0 analyze tape.mkv -o b.json
err_has 'measured earlier on 20..-..-.. ..:..'
cmp -s a.json b.json || fail "the kept measurements differ"
expect 0 restore tape.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run
err_has 'measured earlier on'
grep -v -e time -e size -e sample out.txt >kept.txt
expect 0 restore tape.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run --no-cache
grep -q earlier err.txt && fail "--no-cache"
grep -v -e time -e size -e sample out.txt >fresh.txt
cmp -s kept.txt fresh.txt || fail "the plan differs with kept measurements"

expect 0 analyze tape.mkv --duration 1
grep -q earlier err.txt && fail "another range is another measurement"
cp tape.mkv copy.mkv
touch -d 2001-01-01 copy.mkv
expect 0 analyze copy.mkv
grep -q earlier err.txt && fail "another time of change"
expect 0 analyze tape.mkv --set noise.luma=4
grep -q earlier err.txt && fail "values by hand are not kept"
for f in cache/vhsup/*; do echo garbage >"$f"; done
expect 0 analyze tape.mkv -o c.json
grep -q earlier err.txt && fail "damage was read"
cmp -s a.json c.json || fail "measured anew, it differs"
for f in cache/vhsup/*; do head -c 300 "$f" >t && mv t "$f"; done
expect 0 analyze tape.mkv
XDG_CACHE_HOME=/dev/null expect 0 analyze tape.mkv
grep -q earlier err.txt && fail "nowhere to keep"

expect 0 analyze --thorough tape.mkv
expect 0 restore tape.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run
err_has 'measured earlier on'

expect 0 analyze tape.mkv --save-preset mine.json --denoise motion
expect 0 preset check ./mine.json
grep -q '"noise.luma=' mine.json || fail "no noise in the preset"
expect 4 analyze tape.mkv --save-preset mine.json
err_has 'mine.json exists'
steps() { sed -n '/^steps/,/^shape/p' out.txt | sed -e 's/(.*//' -e 's/by hand//'; }
expect 0 restore tape.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run --denoise motion
steps >measured.txt
expect 0 restore tape.mkv -o x.mkv --height 0 --encoder ffv1 --dry-run --preset ./mine.json --no-cache
steps >preset.txt
cmp -s measured.txt preset.txt || fail "the preset restores otherwise: $(diff measured.txt preset.txt)"
expect 0 restore tape.mkv -o m.mkv --encoder ffv1 --height 0 --denoise motion --framemd5 m.md5
expect 0 restore tape.mkv -o p.mkv --encoder ffv1 --height 0 --preset ./mine.json --framemd5 p.md5
cmp -s m.md5 p.md5 || fail "the preset gives other frames"
finish
