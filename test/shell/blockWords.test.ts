// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells are full of ${…}
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { blockWords } from "../../src/shell/blockWords.ts"

/** The words that are found, as they stand in the text. */
const found = (text: string, shell: string): ReadonlyArray<string> =>
  blockWords(text, shell).map(({ start, end, name }) => {
    expect(text.slice(start + 1, end)).toBe(name)
    return text.slice(start, end)
  })

type Rows = ReadonlyArray<readonly [text: string, words: ReadonlyArray<string>]>

/** The same in every shell. */
const ANYWHERE: Rows = [
  ["cat @last", ["@last"]],
  ["diff @prev @last", ["@prev", "@last"]],
  ["@last", ["@last"]],
  ["grep x <@last", ["@last"]],
  ["grep x < @last>out", ["@last"]],
  ["cat @b12|wc -l", ["@b12"]],
  ["cat @b12;cat @my-name_2&", ["@b12", "@my-name_2"]],
  ["cat @a&&cat @b\tx\ncat @c", ["@a", "@b", "@c"]],
  ["(cat @last)", ["@last"]],
  ['echo "$(cat @last)"', ["@last"]],
  ["echo $(cat $(ls @last))", ["@last"]],
  ["x 2>err @last", ["@last"]],
  ["npm i @types/node", []],
  ["npm i react@last", []],
  ["date -d @3", []],
  ["cat @last.txt @last/x @last: @last,@prev", []],
  ["curl --data=@last -d@last", []],
  ["cat \\@last", []],
  ["cat @la\\st @last\\ ", []],
  ["cat '@last' \"@last\" @last'x' @\"last\"", []],
  ['echo "a @last b"', []],
  ["echo 'a @last b' @prev", ["@prev"]],
  ["# cat @last", []],
  ["echo a # @last", []],
  ["echo a#b @last", ["@last"]],
  ["echo a # 'x\ncat @last", ["@last"]],
  ["echo x >@last", []],
  ["echo x >> @last", []],
  ["echo x 2>@last @prev", ["@prev"]],
  ["echo {@last,@prev}", []],
  ["echo @", []],
  ["echo @-x @_x @1", []],
  ["echo 'open @last", []],
  ['echo "open @last', []],
  ["echo \\' @last", ["@last"]],
  ["mail a@b.c", []]
]

const POSIX: Rows = [
  ["x=$(cat @last)", ["@last"]],
  ["echo `cat @last`", ["@last"]],
  ['echo "`cat @last`"', ["@last"]],
  ["diff <(sort @prev) <(sort @last)", ["@prev", "@last"]],
  ["tee >(cat @last)", ["@last"]],
  ["a=(@last @prev)", ["@last", "@prev"]],
  ["x=@last", []],
  ["cat <<<@last", ["@last"]],
  ["cat <<X @prev\n@last\nX\ncat @b1", ["@prev", "@b1"]],
  ["cat <<-'X'\n@last\n\tX\ncat @b1", ["@b1"]],
  ["cat <<A <<B\n@last\nA\n@last\nB\ncat @b1", ["@b1"]],
  ["cat <<X\n@last", []],
  ["echo ${x:-@last}", []],
  ["echo ${x:-$(cat @last)} @prev", ["@last", "@prev"]],
  ["echo $((1 << 2)) @last", ["@last"]],
  ["((x = 1 << 2))\ncat @last", ["@last"]],
  ["((cat @last); ls)", ["@last"]],
  ["echo $'\\' @last' @prev", ["@prev"]],
  ["echo 'a\\' @last", ["@last"]],
  ["echo $# $@ @last", ["@last"]],
  ["echo \"$' @last'\"", []],
  ["ls @(a|b)", []],
  ["ls @last(N)", []],
  ["for i in @last @prev; do cat $i; done", ["@last", "@prev"]],
  ["{ cat @last; }", ["@last"]],
  ["cat <&@last", []]
]

const FISH: Rows = [
  ["set x (cat @last)", ["@last"]],
  ["echo (cat @last)@prev", ["@last"]],
  ["echo @last(ls)", []],
  ["echo 'it\\'s @last' @prev", ["@prev"]],
  ["for i in @last @prev; cat $i; end", ["@last", "@prev"]],
  ["diff (sort @prev | psub) @last", ["@prev", "@last"]],
  ["echo ((cat @last))", ["@last"]],
  ["echo $x[(cat @last)]", ["@last"]]
]

describe("words that stand for blocks", () => {
  for (const shell of ["bash", "zsh", "dash"])
    it.each([...ANYWHERE, ...POSIX])(`${shell}: %s`, (text, words) => expect(found(text, shell)).toEqual(words))
  it.each([...ANYWHERE, ...FISH])("fish: %s", (text, words) => expect(found(text, "fish")).toEqual(words))

  const piece = fc.constantFrom(
    ..."@last @prev @b1 @ a 1 ' \" \\ ` $ $( ${ $(( (( ( ) { } [ ] < > << <<X X & && | ; # \n \t ! = - . /".split(" "),
    " "
  )
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""))
  const shell = fc.constantFrom("bash", "zsh", "fish", "dash")

  it("are whole: nothing but the word's own edges is beside them", () => {
    fc.assert(
      fc.property(text, shell, (text, shell) => {
        let end = 0
        for (const word of blockWords(text, shell)) {
          expect(word.start).toBeGreaterThanOrEqual(end)
          expect(text.slice(word.start, word.end)).toMatch(/^@[A-Za-z][\w-]*$/)
          expect(text[word.start - 1] ?? " ").toMatch(/[\s;&|<>()`]/)
          expect(text[word.end] ?? " ").toMatch(/[\s;&|<>()`]/)
          end = word.end
        }
      }),
      { numRuns: 3000 }
    )
  })

  it("stand in no quotes that begin and end around them", () => {
    fc.assert(
      fc.property(text, shell, (text, shell) => {
        const quoted = text.replace(/['\\\n]/g, "")
        expect(found(`echo '${quoted} @last'`, shell)).toEqual([])
        expect(found(`cat @last; echo '${quoted}' @prev`, shell)).toEqual(["@last", "@prev"])
      })
    )
  })

  it("are found in a megabyte, however deep it is nested", () => {
    for (const part of ["(", "$((", "((", "`", '"$(', "${", "<<X ", "a b 'c' \"d\" $x\n", "@"]) {
      // What opens and never closes holds no word; it takes the time of one look, or this would not end.
      expect(found(`${part.repeat(1_000_000 / part.length)} @last`, "bash").length, part).toBeLessThanOrEqual(1)
    }
    expect(found(`cat ${"word ".repeat(200_000)}@last`, "bash")).toEqual(["@last"])
  })
})
