import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FuzzySearch, fuzzyCost, fuzzyQuery, fuzzyRanges, fuzzyText } from "../../src/domain/fuzzy.ts"

const cost = (text: string, typed: string): number => fuzzyCost(fuzzyText(text), fuzzyQuery(typed))

/** The texts that match, best first. */
const ranked = (texts: ReadonlyArray<string>, typed: string): ReadonlyArray<string> => {
  const search = new FuzzySearch(texts.map(fuzzyText))
  search.ask(typed)
  search.work()
  return Array.from({ length: search.count }, (_, rank) => search.at(rank)!.text)
}

const marked = (text: string, typed: string): string => {
  let out = ""
  let at = 0
  for (const { from, to } of fuzzyRanges(fuzzyText(text), fuzzyQuery(typed))) {
    out += `${text.slice(at, from)}[${text.slice(from, to)}]`
    at = to
  }
  return out + text.slice(at)
}

describe("a fuzzy match", () => {
  it("is every term's characters in order, the terms in any order", () => {
    expect(cost("kubectl get pods", "kgp")).toBeGreaterThan(0)
    expect(cost("git push origin main", "main push")).toBeGreaterThan(0)
    expect(cost("git push", "psuh")).toBe(-1)
    expect(cost("git push", "push x")).toBe(-1)
    expect(cost("anything", "  ")).toBe(0)
  })

  it("minds case only for terms with a capital letter", () => {
    expect(cost("make DESTDIR=x", "destdir")).toBeGreaterThanOrEqual(0)
    expect(cost("make DESTDIR=x", "DEST")).toBeGreaterThanOrEqual(0)
    expect(cost("make destdir=x", "DEST")).toBe(-1)
    expect(cost("grep İstanbul É", "é")).toBeGreaterThanOrEqual(0)
  })

  it("ranks whole terms before scattered ones, word starts before the inside, and keeps the order of equals", () => {
    const texts = ["digital watch", "go install tools", "git log", "ls digits", "echo git", "git status"]
    expect(ranked(texts, "git")).toEqual([
      "git log",
      "git status",
      "echo git",
      "digital watch",
      "ls digits",
      "go install tools"
    ])
    expect(ranked(["view model src", "devmasrc", "no"], "vmsr")).toHaveLength(2)
  })

  it("shows where it was found", () => {
    expect(marked("docker compose logs web", "web comp")).toBe("docker [comp]ose logs [web]")
    expect(marked("kubectl get pods", "kgp")).toBe("[k]ubectl [g]et [p]ods")
    expect(marked("aXbXc", "bc")).toBe("aX[b]X[c]")
    expect(marked("echo regit git", "git")).toBe("echo regit [git]")
  })

  const text = fc.string({ unit: fc.constantFrom(..."abAB -_/.1é漢"), maxLength: 24 })
  const typed = fc.string({ unit: fc.constantFrom(..."abA -1é漢"), maxLength: 6 })

  it("is found exactly when each term is a subsequence, and marks parts of the text in order", () => {
    const isSubsequence = (long: string, term: string): boolean => {
      let at = 0
      for (const char of long) if (char === term[at]) at++
      return at >= term.length
    }
    fc.assert(
      fc.property(text, typed, (long, query) => {
        const terms = query.split(" ").filter((term) => term !== "")
        const holds = terms.every((term) =>
          term === term.toLowerCase() ? isSubsequence(long.toLowerCase(), term) : isSubsequence(long, term)
        )
        expect(cost(long, query) !== -1).toBe(holds)
        if (!holds) return
        let last = -1
        for (const { from, to } of fuzzyRanges(fuzzyText(long), fuzzyQuery(query))) {
          expect(from).toBeGreaterThan(last)
          expect(to).toBeGreaterThan(from)
          last = to
        }
        expect(last).toBeLessThanOrEqual(long.length)
      })
    )
  })

  it("finds the same whichever keys led there, in pieces or at once", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 600 }), fc.array(typed, { maxLength: 6 }), (texts, queries) => {
        const search = new FuzzySearch(texts.map(fuzzyText))
        for (const query of queries) {
          for (const end of [1, 2, query.length]) search.ask(query.slice(0, end))
          search.ask(query)
          while (!search.work(() => true)) expect(search.count).toBeLessThanOrEqual(texts.length)
          const found = Array.from({ length: search.count }, (_, rank) => search.at(rank)!.text)
          expect(found).toEqual(ranked(texts, query))
        }
      })
    )
  })

  it("gives the rest of the event loop its turn", () => {
    const search = new FuzzySearch(Array.from({ length: 1000 }, (_, n) => fuzzyText(`echo ${n}`)))
    search.ask("echo")
    expect(search.work(() => true)).toBe(false)
    expect(search.count).toBeLessThan(1000)
    expect(search.work()).toBe(true)
    expect(search.count).toBe(1000)
  })
})
