import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { SECRET_PATTERNS } from "../../src/domain/secretPatterns.ts"
import { AROUND, SAMPLES } from "../domain/secretSamples.ts"
import { leave, ready, run, shownBlocks } from "../harness/blocks.ts"
import { BINARY, effecttalk } from "../harness/effecttalk.ts"
import { eventually } from "../harness/eventually.ts"
import type { Home } from "../harness/Home.ts"
import type { Terminal } from "../harness/Terminal.ts"
import { itWith } from "../harness/tools.ts"

const size = { cols: 100, rows: 40 }

/** Secrets of every kind in the table, and what stands around each. */
const KINDS = SECRET_PATTERNS.map(({ kind }) => ({ secret: SAMPLES[kind]!, around: AROUND[kind] ?? ["", ""] }))

/** A home, and the processes of EffectTalk that ran in it. */
interface Written {
  readonly home: Home
  readonly pids: ReadonlyArray<number>
}

/** Everything that EffectTalk writes, its directories in memory too; the shell's own history is the shell's. */
const written = ({ home, pids }: Written): ReadonlyArray<string> => {
  const below = [
    home.dataDir,
    home.runtimeDir,
    home.tmp,
    ...[".local", ".cache", ".config"].map((name) => join(home.path, name))
  ]
  // Other tests have theirs beside it.
  const isOwn = (name: string) => pids.some((pid) => name.startsWith(`effecttalk-${pid.toString(36)}-`))
  const memory = existsSync("/dev/shm") ? readdirSync("/dev/shm").filter(isOwn) : []
  return [...below, ...memory.map((name) => join("/dev/shm", name))].filter(existsSync).flatMap((directory) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
  )
}

/** The files that hold any of the texts. */
const filesWith = (of: Written, texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  written(of).flatMap((path) => {
    const bytes = readFileSync(path, "latin1")
    return texts.filter((text) => bytes.includes(text)).map((text) => `${path}: ${text}`)
  })

const everySecret = KINDS.map(({ secret }) => secret)
const token = SAMPLES["GitHub token"]!

/** Prints each in two writes, with colours inside, and exports each under a name that tells nothing. */
const PRINT = `while IFS=$'\\t' read -r before secret after; do
  half=$((\${#secret} / 2))
  printf 'x %s%s' "$before" "\${secret:0:half}"
  printf '\\e[1m%s\\e[0m%s y\\n' "\${secret:half}" "$after"
done <~/secrets
`
const EXPORT = `while IFS=$'\\t' read -r before secret after; do
  export "V$((++n))=$before$secret$after"
done <~/secrets
`

const navigate = async (t: Terminal): Promise<void> => {
  t.keys("esc")
  await t.waitFor(" NAVIGATE ")
}

/** Answers a question of the status line. */
const answer = async (t: Terminal, key: string, badge: string, text: string): Promise<void> => {
  t.keys(key)
  await t.waitFor(` ${badge} `)
  t.paste(text)
  t.keys("enter")
  await t.waitFor(" NAVIGATE ")
}

describe("secrets", () => {
  it("are in no file, printed, exported, typed, noted or unsent, also after kill -9; what was not saved is told", async () => {
    const lines = KINDS.map(({ secret, around: [before, after] }) => `${before}\t${secret}\t${after}\n`).join("")
    await using t = await effecttalk({ ...size, files: { secrets: lines, "print.sh": PRINT, "export.sh": EXPORT } })
    expect((await run(t, ". ~/print.sh")).header).toMatch(new RegExp(` ${KINDS.length} secrets not saved `))
    expect(t.screen().join("\n")).toContain(KINDS.at(-1)!.secret)
    await run(t, ". ~/export.sh; export API_TOKEN=hush EDITOR=ed")
    // What waits for a newline, with half of a secret in it.
    const typed = KINDS.slice(0, 30).map(({ secret, around: [before, after] }) => `'${before}${secret}${after}'`)
    t.paste(`echo '${token}' # ${typed.join(" ")}`)
    t.keys("enter")
    await t.waitFor(/31 secrets not saved|32 secrets not saved/)
    await ready(t)
    await navigate(t)
    await answer(t, "m", "NOTE", `the key is ${token}`)
    await answer(t, "@", "NAME", token)
    t.keys("esc")
    await ready(t)
    t.type(`printf 'half %s' "$(cut -c1-20 <<<${token})"; read\r`)
    await t.waitFor((rows) => rows.some((row) => row.startsWith(`half ${token.slice(0, 20)}`)))
    const active = join(t.home.dataDir, "active")
    await eventually(() => {
      const [screen] = readdirSync(active).filter((name) => name.endsWith(".screen"))
      expect(readFileSync(join(active, screen!), "utf8")).toContain('"half "')
    })
    t.keys("ctrl+\\", "e")
    t.paste(`curl -u ada:${token}`)
    await t.waitFor(/curl -u ada:ghp_/)
    t.kill("SIGKILL")
    await t.waitForNoProcesses()
    // The shell's exported variables are in memory until the next start clears them away.
    const onDisk = (place: string) => !place.startsWith(t.home.runtimeDir) && !place.startsWith("/dev/shm")
    const first = { home: t.home, pids: [t.pid] }
    expect(filesWith(first, [...everySecret, token.slice(0, 20), "hush"]).filter(onDisk)).toEqual([])

    await using again = await t.restart({ args: [BINARY, "--continue"] })
    await ready(again)
    await again.waitFor("Unset in this shell: ")
    await again.waitFor(/^EffectTalk .* unset: [\w, ]+ and \d+ more/m)
    await again.waitFor(/half\n.*EffectTalk was killed/)
    expect(again.screen().join("\n")).toContain("the key is [redacted]")
    expect((await run(again, "env | grep -cE '^(V[0-9]|API_TOKEN)'; echo $EDITOR")).rows.slice(0, 2)).toEqual([
      "0",
      "ed"
    ])

    // What lacks a secret does not run, neither again nor from Up.
    await navigate(again)
    again.keys("k", "k")
    await again.waitFor(/^✓▸ *3 /m)
    const numbers = () => shownBlocks(again.screen()).at(-1)!.number
    const before = numbers()
    again.keys("*")
    await again.waitFor("What was left out of b3 was never saved, and cannot come back")
    again.keys("r")
    await again.waitFor(/ EDITOR .*Not run: a secret was not saved; write it in place of \[redacted\]/)
    again.keys("ctrl+u")
    await again.waitFor((rows) => !/Not run:|\$ echo/.test(rows.slice(-3).join("\n")))
    again.keys("up", "up", "up")
    await again.waitFor(/\$ echo '\[redacted\]' # /)
    again.keys("enter")
    await again.waitFor(/Not run: a secret was not saved; write it in place/)
    expect(numbers()).toBe(before)
    again.keys("ctrl+k", "ctrl+u")
    again.type("true")
    again.keys("ctrl+u")

    // A false positive.
    await run(again, `echo ${token.slice(0, 30)}`)
    await navigate(again)
    again.keys("*")
    await again.waitFor(/b\d+ is saved as it was printed, with 2 that look like secrets in it/)
    again.keys("esc")
    const ofKilled = new RegExp(`^effecttalk-${t.pid.toString(36)}-`)
    await eventually(() => expect(readdirSync(t.home.runtimeDir).filter((name) => ofKilled.test(name))).toEqual([]))
    await leave(again)
    const both = { home: t.home, pids: [t.pid, again.pid] }
    expect(filesWith(both, [...everySecret, "hush"])).toEqual([])
    expect(filesWith(both, [token.slice(0, 30)])).toHaveLength(1)
  }, 60_000)

  itWith(["python3"], "are not stored when they are typed while echo is off, read or not", async () => {
    await using t = await effecttalk(size)
    const type = async (command: string, prompt: string, text: string) => {
      await ready(t)
      t.type(`${command}\r`)
      await t.waitFor(prompt)
      t.type(text)
    }
    await type("read -s -p 'fir''st: ' x; echo; echo -n $x | wc -c", "first:", "dark-one\r")
    await t.waitFor(/^8$/m)
    const getpass = "import getpass; print(len(getpass.getpass('sec' + 'ond: ')) * 11)"
    await type(`python3 -c "${getpass}"`, "second:", "dark-two\r")
    await t.waitFor(/^88$/m)
    // Ahead of its reader, and for nobody: that comes to the editor, where it can be seen, and is not kept.
    const waits = "until [ -e ~/go ]; do sleep 0.01; done"
    await type(
      `stty -echo; echo re''ady; ${waits}; read z; echo -n $z | wc -c; stty echo`,
      "ready",
      "dark-3\rdark-four"
    )
    t.home.write("go", "")
    await t.waitFor(/^6$/m)
    await t.waitFor(/\$ dark-four$/m)
    t.keys("ctrl+\\", "q")
    expect(await t.exit).toEqual({ code: 0, signal: null })
    expect(filesWith({ home: t.home, pids: [t.pid] }, ["dark"])).toEqual([])
  })
})
