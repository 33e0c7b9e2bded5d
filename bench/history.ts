import { spawnSync } from "node:child_process"
import { FuzzySearch, fuzzyQuery } from "../src/domain/fuzzy.ts"
import type { HistoryEntry } from "../src/domain/HistoryEntry.ts"
import { HistoryIndex, type IndexedEntry } from "../src/services/history/HistoryIndex.ts"
import { Suggester } from "../src/services/history/Suggester.ts"
import { historyRows } from "../src/ui/history/historyRows.ts"
import { fullTheme } from "../src/ui/theme.ts"

const COMMANDS = 100_000
const WIDTH = 120
const HEIGHT = 24
/** One key at p95, in milliseconds (design.md, "Budgets"). */
const BUDGET_MS = 16
const HERE = { session: "s1", directory: "/home/ada/work/api" }

/** What is typed, a key at a time. */
const QUERIES = [
  "git commit auth",
  "kgp api",
  "docker logs web",
  "gcm",
  "sedorder",
  "zzzz",
  "curl users",
  "e",
  "vim src"
]

const WORDS =
  "api web auth user order cart stock mail push build deploy test lint docs infra proxy cache queue worker cron admin report chart table model view route store event client server shared core util main index config".split(
    " "
  )

/** Mulberry32: the same commands in every run. */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const makeCommands = (): ReadonlyArray<string> => {
  const next = random(42)
  const number = (below: number) => Math.floor(next() * below)
  const word = () => WORDS[number(WORDS.length)]!
  const forms = [
    () => `git commit -m "${word()}: ${word()} ${word()} the ${word()} ${word()}"`,
    () => `git checkout -b ${word()}/${word()}-${number(9999)}`,
    () => `docker compose logs -f ${word()}-${word()} --tail=${number(999)}`,
    () => `kubectl -n ${word()} get pods -l app=${word()}-${word()} -o wide | grep ${number(99999)}`,
    () => `cd ~/work/${word()}/${word()}/src/${word()}${number(99)}`,
    () => `ssh ${word()}@${word()}${number(255)}.example.com 'tail -f /var/log/${word()}/${word()}.log'`,
    () => `vim src/${word()}/${word()}/${word()}${number(999)}.ts`,
    () =>
      `curl -s https://${word()}.example.com/v${number(9)}/${word()}/${number(99999)} | jq '.${word()}[] | .${word()}'`,
    () =>
      `for f in $(ls ${word()}/*.${word()}); do echo $f ${number(9999)}; sed -i 's/${word()}/${word()}/g' "$f"; done`,
    () => `make -j${number(16)} ${word()}-${word()}-${number(9999)}`
  ]
  const commands = new Set<string>()
  while (commands.size < COMMANDS) commands.add(forms[number(forms.length)]!())
  return [...commands]
}

const entryOf = (command: string, number: number): HistoryEntry => ({
  command,
  at: 1_790_000_000_000 + number * 60_000,
  status: number % 7 === 0 ? "failure" : "success",
  exit: number % 7 === 0 ? 1 : 0,
  duration: 100,
  directory: `/home/ada/work/${WORDS[number % WORDS.length]}`,
  session: `s${number % 50}`
})

interface Samples {
  readonly what: string
  /** Milliseconds, sorted. */
  readonly times: ReadonlyArray<number>
}

interface Result {
  readonly lines: ReadonlyArray<Samples>
  /** The same whole queries by `fzf --filter`, start included; null without it. */
  readonly fzf: Samples | null
  readonly whole: Samples
}

const now = () => performance.now()
const sorted = (what: string, times: ReadonlyArray<number>): Samples => ({
  what,
  times: times.toSorted((a, b) => a - b)
})
const timed = (work: () => void): number => {
  const from = now()
  work()
  return now() - from
}

/** A panel's worth of rows, from the key on. */
const answer = (search: FuzzySearch<IndexedEntry>, typed: string): void => {
  search.ask(typed)
  search.work()
  historyRows(
    {
      at: (rank) => search.at(rank),
      count: search.count,
      size: search.size,
      query: fuzzyQuery(typed),
      place: { at: 0, top: 0 },
      filter: "everywhere",
      reading: false
    },
    { theme: fullTheme, home: "/home/ada", now: 1_796_000_000_000 },
    WIDTH,
    HEIGHT
  )
}

/** Fuzzy search of 100,000 commands with every key, a change of the filter, and suggestions. */
export const history = (): Result => {
  const commands = makeCommands()
  const index = new HistoryIndex()
  for (const [number, command] of commands.entries()) index.add(entryOf(command, number))
  const fresh = () => new FuzzySearch(index.newest("everywhere", HERE))
  for (const query of QUERIES) answer(fresh(), query)
  const keys = QUERIES.flatMap((query) => {
    const search = fresh()
    const typed = Array.from(query, (_, end) => timed(() => answer(search, query.slice(0, end + 1))))
    const deleted = Array.from(query, (_, end) => timed(() => answer(search, query.slice(0, query.length - end - 1))))
    return [...typed, ...deleted]
  })
  const filters = (["session", "directory", "everywhere", "failed"] as const).flatMap((filter) =>
    Array.from({ length: 20 }, () => timed(() => answer(new FuzzySearch(index.newest(filter, HERE)), "git")))
  )
  const suggester = new Suggester(index)
  const suggestions = QUERIES.flatMap((query) =>
    Array.from(query, (_, end) => timed(() => suggester.suggest(query.slice(0, end + 1), HERE.directory)))
  )
  const whole = QUERIES.map((query) => {
    const search = fresh()
    return timed(() => answer(search, query))
  })
  const input = `${commands.join("\n")}\n`
  const hasFzf = spawnSync("fzf", ["--version"]).status === 0
  const byFzf = (query: string) => timed(() => spawnSync("fzf", ["--filter", query], { input, maxBuffer: 2 ** 30 }))
  return {
    lines: [sorted("a key of the query", keys), sorted("another filter", filters), sorted("a suggestion", suggestions)],
    whole: sorted("a whole query", whole),
    fzf: hasFzf ? sorted("fzf --filter", QUERIES.map(byFzf)) : null
  }
}

const at = ({ times }: Samples, share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))]!

/** The report as text; `ok` when every key is in its budget. */
export const report = ({ lines, fzf, whole }: Result): { readonly text: string; readonly ok: boolean } => {
  const cell = (milliseconds: number) => milliseconds.toFixed(3).padStart(8)
  const text = lines.map((line) => {
    const verdict = at(line, 0.95) <= BUDGET_MS ? "" : "  over budget"
    return `${line.what.padEnd(20)} median ${cell(at(line, 0.5))} ms  p95 ${cell(at(line, 0.95))} ms (≤ ${BUDGET_MS})  max ${cell(at(line, 1))} ms${verdict}`
  })
  const ratio =
    fzf === null
      ? "fzf is not here: no ratio"
      : `a whole query, median: ${cell(at(whole, 0.5))} ms; fzf --filter of the same list, its start included: ${cell(at(fzf, 0.5))} ms; ratio ${(at(whole, 0.5) / at(fzf, 0.5)).toFixed(2)}`
  return {
    text: [...text, ratio, `${COMMANDS} commands`].join("\n"),
    ok: lines.every((line) => at(line, 0.95) <= BUDGET_MS)
  }
}
