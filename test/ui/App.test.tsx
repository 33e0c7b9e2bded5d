import { render } from "ink-testing-library"
import stripAnsi from "strip-ansi"
import { describe, expect, it, vi } from "vitest"
import { DEFAULT_FOLD_LINES } from "../../src/domain/limits.ts"
import type { Job } from "../../src/shell/ShellDriver.ts"
import { App, type AppProps } from "../../src/ui/App.tsx"
import { ClipboardDesk } from "../../src/ui/ClipboardDesk.ts"
import { EffectProvider } from "../../src/ui/contexts/EffectProvider.tsx"
import { KeyInputProvider } from "../../src/ui/contexts/KeyInput.tsx"
import { plainTheme } from "../../src/ui/theme.ts"
import { eventually } from "../harness/eventually.ts"
import { fakeServices } from "./fakeServices.ts"

/** The whole screen in Ink's own test renderer, 100 columns wide. */
const screen = async (
  options: { jobs?: ReadonlyArray<Job>; failure?: string; late?: boolean; props?: Partial<AppProps> } = {}
) => {
  const { runtime, shell } = await fakeServices(options.jobs === undefined ? {} : { jobs: options.jobs })
  const gate = { open: false, push: vi.fn(), program: () => {} }
  const leave = vi.fn()
  const write = vi.fn()
  const copy = vi.fn((text: string, done: (message: string) => void) => done(`sent ${text.length} characters`))
  const clipboard = new ClipboardDesk({ policy: "ask", copy: write })
  const ink = render(
    <KeyInputProvider>
      <EffectProvider runtime={runtime}>
        <App
          gate={gate}
          leader={{ name: "ctrl+\\", bytes: Uint8Array.of(0x1c) }}
          theme={plainTheme}
          home="/home/ada"
          prompt="shell"
          sidebar="auto"
          sidebarOpen={null}
          setSidebarOpen={() => {}}
          reading={null}
          saving={{
            failure: () => options.failure ?? null,
            late: () => options.late ?? false,
            subscribe: () => () => {}
          }}
          greeting={null}
          copy={copy}
          mirror={() => {}}
          mouse={{ on: true, toggle: () => true }}
          fold={DEFAULT_FOLD_LINES}
          clipboard={clipboard}
          lend={() => Promise.resolve({ _tag: "Failed", problem: "no terminal" })}
          environment={{}}
          repaint={() => {}}
          leave={leave}
          {...options.props}
        />
      </EffectProvider>
    </KeyInputProvider>
  )
  const frame = () => stripAnsi(ink.lastFrame() ?? "")
  const shows = (text: string | RegExp) => eventually(() => expect(frame()).toMatch(text))
  return {
    ...ink,
    type: (keys: string) => ink.stdin.write(keys),
    frame,
    shows,
    shell,
    gate,
    leave,
    copy,
    clipboard,
    write
  }
}

describe("App", () => {
  it("tells a newcomer what to do, and who has the keyboard", async () => {
    const app = await screen()
    await app.shows("Type a command and press Enter")
    await app.shows(/ada\$/)
    await app.shows(/ EDITOR .*Enter run/)
    expect(app.frame()).toContain("EffectTalk · abcdefgh · ~")
  })

  it("runs what is typed in a block of its own", async () => {
    const app = await screen()
    app.type("echo hello\r")
    await app.shows(/✓ +1 echo hello/)
    await app.shows(/^hello *$/m)
    await app.shows(" EDITOR ")
  })

  it("goes back through the session's commands and then the shell's own history", async () => {
    const app = await screen()
    app.type("echo one\r")
    await app.shows(/^one *$/m)
    await app.shows(" EDITOR ")
    app.type("\x1b[A")
    await app.shows(/ada\$ echo one/)
    app.type("\x1b[A")
    await app.shows(/ada\$ make install/)
  })

  it("gives unfinished text back with a new line", async () => {
    const app = await screen()
    app.type("echo 'a\r")
    await app.shows(/ada\$ echo 'a *\n│/)
    expect(app.frame()).not.toContain("1 echo")
  })

  it("asks before a word that is one of its own but for a slip goes to the shell, and runs it when it is meant", async () => {
    const app = await screen()
    app.type("/undoo\r")
    await app.shows("/undoo: did you mean /undo? Enter again runs it in the shell")
    await app.shows(/ada\$ \/undoo *$/m)
    expect(app.frame()).not.toContain("1 /undoo")
    app.type("\x7f\r")
    await app.shows("Nothing to undo")
    // Asked anew: something else came between.
    app.type("/undoo\r")
    await app.shows("/undoo: did you mean")
    expect(app.frame()).not.toContain("1 /undoo")
    app.type("\r")
    await app.shows(/1 \/undoo/)
    await app.shows(/ EDITOR /)
  })

  it("hands the keyboard to the program and takes it back by the leader", async () => {
    const app = await screen()
    app.type("hold\r")
    await app.shows(" PROGRAM ")
    await eventually(() => expect(app.gate.open).toBe(true))
    app.type("\x1c")
    await app.shows(/Enter run beside/)
    expect(app.gate.open).toBe(false)
    app.type("n")
    await app.shows(" NAVIGATE ")
    app.type("\x1b")
    await app.shows(" PROGRAM ")
    app.shell.release()
    await app.shows(" EDITOR ")
    expect(app.gate.open).toBe(false)
  })

  it.each([
    ["the leader's e", "\x1ce", ""],
    ["what is pasted", "\x1b[200~make\x1b[201~", "make"]
  ])("goes from navigating to the editor by %s also while a program runs", async (_, keys, text) => {
    const app = await screen()
    app.type("hold\r")
    await app.shows(" PROGRAM ")
    await eventually(() => expect(app.gate.open).toBe(true))
    app.type("\x1c")
    await app.shows(/Enter run beside/)
    app.type("n")
    await app.shows(" NAVIGATE ")
    app.type(keys)
    await app.shows(/ EDITOR .*Enter run after it/)
    await app.shows(`ada$ ${text}`.trimEnd())
    expect(app.gate.open).toBe(false)
    app.shell.release()
  })

  it("takes the leader also above an open layer, which stays where it does not take its place", async () => {
    const app = await screen()
    app.type("echo one\r")
    await app.shows(/^one *$/m)
    await app.shows(" EDITOR ")
    app.type("\x1c/")
    await app.shows(" FIND ")
    app.type("on")
    await app.shows(/ FIND +1 of 2/)
    app.type("\x1c")
    await app.shows(/ FIND .*n navigate/)
    app.type("?")
    await app.shows("after the leader")
    app.type("\x1b")
    await app.shows(/ FIND .*Enter keep it/)
    expect(app.frame()).toMatch(/^\/on *$/m)
    app.type("\x1ch")
    await app.shows("No path, address, hash or number")
    expect(app.frame()).toContain(" EDITOR ")
    expect(app.frame()).not.toMatch(/^\/on/m)
  })

  it("sends the leader itself when it comes twice", async () => {
    const app = await screen()
    app.type("hold\r")
    await app.shows(" PROGRAM ")
    app.type("\x1c\x1c")
    await eventually(() => expect(app.shell.written).toEqual(["\x1c"]))
    app.shell.release()
  })

  it("folds and copies the block that is walked to", async () => {
    const app = await screen()
    app.type("echo one\r")
    await app.shows(/^one *$/m)
    await app.shows(" EDITOR ")
    app.type("\x1b")
    await app.shows(/✓▸ 1 echo one/)
    app.type("c")
    await app.shows("sent 4 characters")
    expect(app.copy).toHaveBeenCalledWith("one\n", expect.any(Function))
    app.type("\r")
    await app.shows(/echo one +⋯ 1 line/)
    expect(app.frame()).not.toMatch(/^one *$/m)
    // In one read: each meets what the one before has done.
    app.type("fff")
    await app.shows(/^one *$/m)
  })

  it("says of two outputs that they are too different to be compared, and shows both", async () => {
    const app = await screen()
    for (const number of [1, 2]) {
      app.type("echo one\r")
      await app.shows(new RegExp(`✓ +${number} echo one`))
      await app.shows(" EDITOR ")
    }
    app.type("\x1b")
    await app.shows(/ NAVIGATE /)
    app.type("D")
    await app.shows("b2 against b1  1 added, 1 removed")
    expect(app.frame()).toMatch(/-one *│\n│ \+one/)
    await app.shows(/ DIFF {2}too different to be compared line by line . 1–3 of 3/)
    app.type("q")
    await app.shows(/ NAVIGATE /)
  })

  it("answers every key for a block also where there is none", async () => {
    const app = await screen()
    await app.shows(" EDITOR ")
    app.type("\x1b")
    await app.shows(/ NAVIGATE +Enter/)
    for (const key of "rRcwDX&") {
      app.type(key)
      await app.shows(/ NAVIGATE +No block is selected/)
      app.type("?")
      await app.shows("Navigating: moving")
      app.type("\x1b")
      await app.shows(/ NAVIGATE +Enter/)
    }
  })

  it("asks by name before leaving ends a program", async () => {
    const app = await screen({ jobs: [{ pid: 4711, name: "make -j4 world" }] })
    await app.shows(" EDITOR ")
    app.type("\x1cq")
    await app.shows(/make -j4 world.*4711/)
    app.type("n")
    await eventually(() => expect(app.frame()).not.toContain("4711"))
    expect(app.leave).not.toHaveBeenCalled()
    app.type("\x1cq")
    await app.shows("4711")
    app.type("y")
    await eventually(() => expect(app.leave).toHaveBeenCalled())
  })

  it("says plainly that nothing is saved", async () => {
    const app = await screen({ failure: "not saved: the disk is full (ENOSPC)" })
    await app.shows(/not saved: the disk is full/)
  })

  it("says when the end of a command waits long for the disk", async () => {
    await (await screen({ late: true })).shows(/being saved/)
    expect((await screen()).frame()).not.toContain("being saved")
  })

  it("shows every key", async () => {
    const app = await screen()
    await app.shows(" EDITOR ")
    app.type("\x1c?")
    await app.shows(/after the leader \(Ctrl\+\\\)/)
    // No key takes it past its end: the way back begins at once.
    app.type("G\x1b[6~\x1b[6~")
    await app.shows("in an empty editor: navigate")
    const last = /–(\d+) of \1 ·/.exec(app.frame())?.[1]
    expect(last).toBeDefined()
    app.type("k")
    await app.shows(`–${Number(last) - 1} of ${last}`)
    app.type("g")
    await app.shows(/ 1–\d+ of /)
    app.type("\x1b")
    await eventually(() => expect(app.frame()).not.toContain("after the leader"))
  })
})
