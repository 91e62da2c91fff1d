# Generated files: shells can read their completions, man its page, and a bash completion completes.
. "$LIB"
expect 0 generate man
head -1 out.txt | grep -q "^\.\\\\\" Made by" || fail "man page without its first line"
if command -v man >/dev/null && command -v groff >/dev/null; then
  warnings=$(groff -man -Tutf8 -ww -z out.txt 2>&1)
  [ -z "$warnings" ] || fail "man page: $warnings"
fi
expect 0 generate bash
bash -n out.txt || fail "bash completion"
cp out.txt completion.bash
complete_bash()
{
  bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vhsup; echo "${COMPREPLY[*]}"' bash "$@"
}
is "$(complete_bash vhsup rest)" restore "completion of a command"
is "$(complete_bash vhsup restore --encoder-pr)" --encoder-preset "completion of a flag"
is "$(complete_bash vhsup in.avi --field-order b)" bff "completion of a word"
expect 0 generate zsh
if command -v zsh >/dev/null; then
  zsh -n out.txt || fail "zsh completion"
fi
expect 0 generate fish
if command -v fish >/dev/null; then
  fish -n out.txt || fail "fish completion"
fi
expect 0 generate schema
grep -q '"additionalProperties": false' out.txt || fail "schema without its strictness"
finish
