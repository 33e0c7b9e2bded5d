import { Text } from "ink"
import { render } from "ink-testing-library"
import { createRef } from "react"
import { describe, expect, it, vi } from "vitest"
import { ErrorBoundary, FailureScreen } from "../../src/ui/components/ErrorBoundary.tsx"
import { KeyInputProvider } from "../../src/ui/contexts/KeyInput.tsx"
import { eventually } from "../harness/eventually.ts"

const Content = ({ broken }: { readonly broken: { readonly now: boolean } }) => {
  if (broken.now) throw new Error("a block has\x1b[2J no header")
  return <Text>all is well</Text>
}

/** A screen that fails while `broken` says so, under a boundary. */
const screen = (broken: { now: boolean }) => {
  const gate = { open: true }
  const leave = vi.fn()
  const boundary = createRef<ErrorBoundary>()
  const ink = render(
    <KeyInputProvider>
      <ErrorBoundary
        ref={boundary}
        renderFailure={(error, reload) => (
          <FailureScreen error={error} rows={20} gate={gate} reload={reload} leave={leave} />
        )}
      >
        <Content broken={broken} />
      </ErrorBoundary>
    </KeyInputProvider>
  )
  const shows = (text: string) => eventually(() => expect(ink.lastFrame()).toContain(text))
  return { ...ink, gate, leave, boundary, shows }
}

describe("ErrorBoundary", () => {
  it("says what happened without its control bytes, takes the keyboard and offers to draw again", async () => {
    // React tells the console about every error that a boundary catches.
    const console = vi.spyOn(globalThis.console, "error").mockImplementation(() => {})
    const broken = { now: true }
    const app = screen(broken)
    await app.shows("Your shell and its commands are still running")
    expect(app.lastFrame()).toContain("no header")
    expect(app.lastFrame()).not.toContain("\x1b[2J")
    expect(app.gate.open).toBe(false)
    broken.now = false
    app.stdin.write("r")
    await app.shows("all is well")
    console.mockRestore()
  })

  it("leaves on request", async () => {
    const console = vi.spyOn(globalThis.console, "error").mockImplementation(() => {})
    const app = screen({ now: true })
    await app.shows("q leave")
    app.stdin.write("q")
    await eventually(() => expect(app.leave).toHaveBeenCalled())
    console.mockRestore()
  })

  it("shows what a key's handler threw", async () => {
    const app = screen({ now: false })
    await app.shows("all is well")
    app.boundary.current?.fail(new Error("no such block"))
    await app.shows("no such block")
  })
})
