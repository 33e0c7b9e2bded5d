import { readdirSync, readlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { describe, expect, it, vi } from "vitest"
import { MAX_WAITING_REPLY_BYTES, openPty, type Pty, type PtyExit, type PtyOptions } from "../../src/shell/Pty.ts"

const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", TERM: "xterm", LANG: "C.UTF-8" }

const open = (script: string, options: Partial<PtyOptions> = {}) =>
  openPty({ file: "/bin/sh", args: ["-c", script], cwd: tmpdir(), env, cols: 80, rows: 24, ...options })

/** Everything a process prints, and how it ends. */
const collect = (pty: Pty, onText: (text: string) => void = () => {}): Promise<{ bytes: Buffer; exit: PtyExit }> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    pty.onData((bytes) => {
      chunks.push(bytes)
      onText(Buffer.concat(chunks).toString("utf8"))
    })
    pty.onExit((exit) => resolve({ bytes: Buffer.concat(chunks), exit }))
  })

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}\r\n`).join("")

/** Terminals that this process has open. */
const openTerminals = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return /ptmx|\/pts\//.test(readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      return false
    }
  }).length

describe("openPty", () => {
  it("loses nothing of a process that prints and exits at once, 200 times", async () => {
    for (let i = 0; i < 200; i++) {
      const { bytes, exit } = await collect(open("seq 1 4000; exit 3"))
      expect(exit).toEqual({ exitCode: 3, signal: null })
      expect(bytes.toString()).toBe(numbers(4000))
    }
  })

  it("loses nothing while the reader is busy", async () => {
    const { bytes } = await collect(open("seq 1 4000"), () => {
      const end = performance.now() + 5
      while (performance.now() < end) {
        // Busy.
      }
    })
    expect(bytes.toString()).toBe(numbers(4000))
  })

  it("delivers everything of a process that exits while reading is paused", async () => {
    const pty = open("seq 1 500")
    const done = collect(pty)
    pty.pause()
    expect((await done).bytes.toString()).toBe(numbers(500))
  })

  it("hands over at once what has been printed, in order, paused or not, and nothing twice", async () => {
    const pty = open("seq 1 500; read -r x; seq 501 1000; read -r x; seq 1001 1500")
    let seen = ""
    const done = collect(pty, (text) => {
      seen = text
    })
    // Not reading: nothing comes but by `drain`.
    const drained = (text: string) => {
      const limit = performance.now() + 10_000
      while (seen !== text && performance.now() < limit) pty.drain()
      expect(seen).toBe(text)
    }
    drained(numbers(500))
    pty.pause()
    await new Promise((resolve) => setImmediate(resolve))
    pty.write("\n")
    drained(`${numbers(500)}\r\n${numbers(1000).slice(numbers(500).length)}`)
    pty.resume()
    pty.write("\n")
    const { bytes } = await done
    expect(bytes.toString().replaceAll("\r\n\r\n", "\r\n")).toBe(numbers(1500))
    pty.drain()
  })

  it("tells of an exit that came before anyone listened", async () => {
    const pty = open("printf early; exit 4")
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { bytes, exit } = await collect(pty)
    expect(bytes.toString()).toBe("early")
    expect(exit).toEqual({ exitCode: 4, signal: null })
  })

  it("names the signal that killed it", async () => {
    expect((await collect(open("kill -9 $$"))).exit).toEqual({ exitCode: null, signal: "SIGKILL" })
    expect((await collect(open("kill -TERM $$"))).exit).toEqual({ exitCode: null, signal: "SIGTERM" })
  })

  it("exits although something in the background holds the terminal", async () => {
    const { bytes, exit } = await collect(open("printf x; (trap '' HUP; exec sleep 1) & exit 5"))
    expect(exit.exitCode).toBe(5)
    expect(bytes.toString()).toBe("x")
  })

  it("gives children the descriptors 0, 1 and 2 only, with other terminals open", async () => {
    const others = [open("exec sleep 5"), open("exec sleep 5")]
    const { bytes } = await collect(open("ls -l /proc/self/fd"))
    const fds = [...bytes.toString().matchAll(/ (\d+) -> (\S+)/g)].map(([, fd, to]) => [fd, to])
    expect(fds.filter(([, to]) => to!.startsWith("/dev/pts/")).map(([fd]) => fd)).toEqual(["0", "1", "2"])
    // The fourth is the directory that ls reads.
    expect(fds.map(([fd]) => fd)).toEqual(["0", "1", "2", "3"])
    for (const pty of others) {
      const gone = collect(pty)
      process.kill(pty.pid, "SIGKILL")
      await gone
    }
  })

  it("closes its own descriptors", async () => {
    const before = openTerminals()
    for (let i = 0; i < 5; i++) await collect(open("echo x"))
    expect(openTerminals()).toBe(before)
  })

  it("hangs up on the process when it is closed", async () => {
    const pty = open("echo up; exec sleep 60")
    await new Promise<void>((resolve) => pty.onData((bytes) => bytes.includes("up") && resolve()))
    const exit = new Promise<PtyExit>((resolve) => pty.onExit(resolve))
    pty.close()
    expect(await exit).toEqual({ exitCode: null, signal: "SIGHUP" })
  })

  it("writes a megabyte in order to a slow raw reader", async () => {
    const size = 1_000_000
    const pty = open(`stty raw -echo; printf go; head -c ${size} | md5sum`)
    const data = Buffer.alloc(size, Array.from({ length: 9973 }, (_, i) => String.fromCharCode(33 + (i % 90))).join(""))
    let sent = false
    const { bytes } = await collect(pty, (text) => {
      if (!sent && text.includes("go")) {
        sent = true
        pty.write(data)
      }
    })
    const { createHash } = await import("node:crypto")
    expect(bytes.toString()).toContain(createHash("md5").update(data).digest("hex"))
  })

  it("keeps every key for a process that does not read, and of answers no more than it could want", async () => {
    const script = `stty raw -echo; trap 'reads=1' USR1; printf go; until [ "$reads" ]; do sleep 0.01; done
      IFS= read -r -d . text; for each in k a; do printf "$each=%d " $(printf %s "$text" | tr -dc $each | wc -c); done`
    const pty = open(script, { file: "/bin/bash" })
    let sent = false
    const { bytes } = await collect(pty, (text) => {
      if (sent || !text.includes("go")) return
      sent = true
      for (let i = 0; i < 200; i++) {
        pty.reply("a".repeat(1_000))
        pty.write("k".repeat(1_000))
      }
      pty.write(".")
      process.kill(pty.pid, "SIGUSR1")
    })
    const [, keys, answers] = /k=(\d+) a=(\d+) /.exec(bytes.toString())!.map(Number)
    expect(keys).toBe(200_000)
    expect(answers).toBeGreaterThan(MAX_WAITING_REPLY_BYTES - 1_000)
    // The kernel's own buffers come on top: 64 KB and an input queue.
    expect(answers).toBeLessThan(2.2 * MAX_WAITING_REPLY_BYTES)
  })

  it("ignores writes and sizes after the exit, silently", async () => {
    const complain = vi.spyOn(console, "error").mockImplementation(() => {})
    const pty = open("exit 0")
    await collect(pty)
    pty.write("late")
    pty.resize(10, 10)
    pty.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(complain).not.toHaveBeenCalled()
    complain.mockRestore()
  })

  it("tells a new size once", async () => {
    const pty = open("trap 'stty size' WINCH; echo go; while :; do sleep 0.01; done")
    let stage = 0
    const { bytes } = await collect(pty, (text) => {
      if (stage === 0 && text.includes("go\r\n")) {
        stage = 1
        pty.resize(80, 24)
        pty.resize(100, 40)
        pty.resize(100, 40)
      } else if (stage === 1 && text.includes("40 100\r\n")) {
        stage = 2
        process.kill(pty.pid, "SIGKILL")
      }
    })
    expect(bytes.toString()).toBe("go\r\n40 100\r\n")
  })

  it("erases whole characters in cooked mode (IUTF8)", async () => {
    const pty = open('read x; echo "[$x]"')
    pty.write("aé\x7f\r")
    expect((await collect(pty)).bytes.toString()).toContain("[a]")
  })
})
