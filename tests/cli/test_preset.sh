# Presets: every built-in one is good, and mistakes are told by place.
. "$LIB"
expect 0 preset list --names
names=$(cat out.txt)
expect 0 preset check $names
is "$(cat out.txt)" "$(for name in $names; do echo "$name: good"; done)" "preset check"
for name in $names; do
  expect 0 preset show "$name"
  cp out.txt "flat-$name.json"
  [ -f "$SOURCE/presets/$name.json" ] || fail "preset $name has no file"
done
expect 0 preset check ./flat-*.json
rm -f flat-*.json
expect 0 preset list
out_has '^vhs  *[a-z]'
cat >mine.json <<END
{
  "version": 1,
  "options": {"encoder": "ffv1",
              "crf": 20,}
}
END
expect 2 preset check mine.json
err_is "vhsup: error: mine.json, line 4, column 25: no comma before the closing bracket"
echo '{"version": 1, "options": {"crf": 99}}' >mine.json
expect 2 restore in.avi -o out.mkv --preset mine.json
err_is "vhsup: error: mine.json: options.crf 99 is outside 0 to 63 or auto"
echo '{"version": 1, "extends": "./other.json", "options": {}}' >mine.json
echo '{"version": 1, "extends": "mine.json", "options": {}}' >other.json
expect 2 preset check mine.json
err_has 'presets extend each other in a circle'
echo '{"version": 1, "extends": "vhs", "options": {"crf": 21}}' >mine.json
mkdir -p config/vhsup/presets
cp mine.json config/vhsup/presets/mine.json
expect 0 preset show mine
out_has '"crf": 21'
expect 0 preset list
out_has '^mine .*(yours)$'
expect 2 preset show
expect 2 preset explain vhs
expect 3 preset check /nonexistent.json
expect 0 preset check mine vhs
finish
