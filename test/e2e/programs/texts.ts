/** A line of the Unicode that rows are shifted by: wide, combining, ambiguous, box drawing, emoji. */
export const UNICODE = "漢字かな e\u0301a\u0308 ±…→ ┌─┐ 🚀👍 end"

export const SOURCE = [
  "/* An example with what highlighting knows. */",
  "#include <stdio.h>",
  "",
  'static const char *name = "talk";',
  "int main(int argc, char **argv) {",
  "\tfor (int i = 0; i < argc; i++) {",
  '\t\tprintf("%d: %s\\n", i, argv[i]); // TODO',
  "\t}",
  `\tputs("${UNICODE}");`,
  ...Array.from({ length: 80 }, (_, i) => `\tif (argc == ${i + 100}) return ${i + 100};`),
  "\treturn 0;",
  "}"
].join("\n")

export const VIMRC = `set nocompatible background=dark mouse=a ttymouse=sgr number cursorline hlsearch incsearch ruler showcmd
set encoding=utf-8 ttimeoutlen=10 noswapfile nomore
let &t_SI = "\\e[6 q"
let &t_EI = "\\e[2 q"
let &t_SR = "\\e[4 q"
syntax on
`

/** All looks, all kinds of colours, and Unicode, in 200 lines. */
export const COLORED = [
  Array.from({ length: 16 }, (_, i) => `\x1b[${i < 8 ? 30 + i : 82 + i}m${i}\x1b[0m`).join(" "),
  Array.from({ length: 16 }, (_, i) => `\x1b[${i < 8 ? 40 + i : 92 + i}m${i}\x1b[0m`).join(" "),
  Array.from({ length: 36 }, (_, i) => `\x1b[38;5;${16 + i * 6}m#\x1b[48;5;${255 - i}m \x1b[0m`).join(""),
  Array.from({ length: 32 }, (_, i) => `\x1b[38;2;${i * 8};${255 - i * 8};99m@\x1b[48;2;9;${i * 8};0m \x1b[0m`).join(
    ""
  ),
  "\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munder\x1b[0m \x1b[7minverse\x1b[0m \x1b[9mstrike\x1b[0m",
  UNICODE,
  ...Array.from({ length: 200 }, (_, i) => `line ${i + 1} \x1b[3${i % 8}mcolour\x1b[0m ${"word ".repeat(i % 9)}`)
].join("\n")

export const MANUAL = `.TH TALK 1 2026-01-01
.SH NAME
talk \\- says something
.SH SYNOPSIS
.B talk
[\\fB\\-v\\fR] \\fIfile\\fR ...
.SH OPTIONS
${Array.from({ length: 60 }, (_, i) => `.TP\n.BI \\-\\-option${i} " value"\nSets the option number ${i}.`).join("\n")}
`

/** A script that makes history for git: rows that highlight, longer than a screen. */
export const REPOSITORY = `git init -q -b trunk . && git config user.name T && git config user.email t@example.org
for i in 1 2 3 4 5 6; do seq $i 9 >numbers; git add numbers; git commit -q -m "Change $i"; done
`

/** A menu in bash and tput: up and down move, Enter chooses. */
export const MENU = `items=(alpha 漢字 gamma delta) at=0
draw() {
  for i in "\${!items[@]}"; do
    tput el; [ "$i" = "$at" ] && { tput rev; tput setaf 3; }
    printf '  %s  ' "\${items[i]}"; tput sgr0; echo
  done
  tput cuu "\${#items[@]}"
}
tput civis; trap draw WINCH
draw
while IFS= read -rsn1 key; do
  case $key in j) at=$(((at + 1) % 4)) ;; k) at=$(((at + 3) % 4)) ;; '') break ;; esac
  draw
done
tput cud "\${#items[@]}"; tput cnorm
echo "chose \${items[at]}"
`

/** What builders show: a spinner, then a bar, then three bars that are drawn again from below; each key is a step on. */
export const SPINNER = `next() { IFS= read -rsn1 || exit; }
printf 'before\\n\\033[?25l'
for frame in ⠋ ⠙ ⠹ ⠸; do printf '\\r\\033[K\\033[36m%s\\033[0m resolving 漢字' "$frame"; next; done
printf '\\r\\033[K✔ resolved\\n'
for n in 10 20 30 40; do printf '\\r[%-40s] %d%%' "$(printf "%\${n}s" | tr ' ' '#')" $((n * 5 / 2)); next; done
printf '\\n\\n\\n\\n'
for n in 1 2 3; do
  printf '\\033[3A'
  for bar in 1 2 3; do printf '\\033[2K\\033[3%dmbar %d\\033[0m: %d of 3\\n' "$bar" "$bar" "$n"; done
  next
done
printf '\\033[?25hdone\\n'
`

/** What dpkg tells apt of a package, one thing at a time. Anything else dpkg is asked, it answers itself. */
export const SLOW_DPKG = `#!/bin/bash
[[ $1 == --status-fd ]] || exec /usr/bin/dpkg "$@"
status=$2
tell() { echo "$1" >&$status; }
step() { until [ -e ~/"$1" ]; do sleep 0.01; done; }
if [[ $* == *--unpack* ]]; then
  echo 'Selecting previously unselected package et-demo.'
  tell 'processing: install: et-demo'; step unpack; tell 'status: et-demo: half-installed'; tell 'status: et-demo: unpacked'
  echo 'Unpacking et-demo (1.0) ...'; step configure
else
  tell 'processing: configure: et-demo'; echo 'Setting up et-demo (1.0) ...'; tell 'status: et-demo: half-configured'
  step end; tell 'status: et-demo: installed'
fi
`

/** apt with a state of its own, no source, no hooks and the dpkg above: it changes nothing of the machine. */
export const aptConfig = (home: string): string => `Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::State "${home}/state";
Dir::State::status "${home}/status";
Dir::Cache "${home}/cache";
Dir::Log "${home}";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "/dev/null";
Dir::Bin::dpkg "${home}/dpkg";
Dpkg::Progress-Fancy "1";
Debug::NoLocking "1";
`
