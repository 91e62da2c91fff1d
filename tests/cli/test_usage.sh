# Usage: help, versions, mistakes, exit statuses.
. "$LIB"
expect 2
err_has '^usage: vhsup \[restore\] IN -o OUT'
expect 0 --version
out_has '^vhsup [0-9]'
for library in libavutil libavcodec libavformat libavfilter libswscale libswresample zimg; do
  out_has "$library [0-9]*\\.[0-9]*\\.[0-9]"
done
out_has '^  built     with'
expect 0 --help
cp out.txt overview.txt
expect 0 help
cmp -s out.txt overview.txt || fail "help differs from --help"
out_has '^  restore '
for command in $(sed -n '/^Topics/q; s/^  \([a-z][a-z]*\)  *.*/\1/p' overview.txt); do
  expect 0 help "$command"
  out_has "^usage: vhsup $command"
  cp out.txt page.txt
  expect 0 "$command" --help
  cmp -s out.txt page.txt || fail "$command --help differs from help $command"
done
expect 0 help crf
out_has '^--crf N '
out_has 'values   0 to 63 or auto'
expect 0 help encoder-option
expect 0 help all
expect 0 help measurements
out_has 'noise.luma '
for list in encoders engines repairs; do
  expect 0 help $list
done
expect 0 help encoders
out_has '^  ffv1 '
out_has '^  flac '
expect 0 help engines
out_has '^  zimg '
expect 0 help exit-status
cmp -s out.txt "$SOURCE/docs/exit-status.md" || fail "docs/exit-status.md is stale: make it with 'vhsup help exit-status'"
expect 2 help nonsense
err_is "vhsup: error: 'nonsense' is no command, option or topic; 'vhsup help' lists the commands and topics"
expect 2 restroe
err_is "vhsup: error: 'restroe' is neither a command nor a file; did you mean 'restore'?"
expect 2 qqq
err_is "vhsup: error: 'qqq' is neither a command nor a file; 'vhsup help' lists the commands"
expect 2 restore
err_is "vhsup: error: restore needs IN; 'vhsup help restore' tells more"
expect 2 restore a b
err_is "vhsup: error: restore takes IN, 2 operands were given"
expect 2 restore in.avi --hieght 720
err_is "vhsup: error: --hieght is unknown; did you mean --height?"
expect 2 restore in.avi --crf 99
err_is "vhsup: error: --crf 99 is outside 0 to 63 or auto"
expect 2 restore in.avi --preset vsh
err_is "vhsup: error: there is no preset 'vsh'; did you mean 'vhs'?"
expect 2 generate nonsense
"$VHSUP" help >/dev/full 2>err.txt
is $? 4 "a full standard output"
err_is 'vhsup: error: standard output cannot be written'
finish
