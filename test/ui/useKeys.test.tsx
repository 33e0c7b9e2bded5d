import { Text } from "ink"
import { render } from "ink-testing-library"
import { type ReactNode, useState } from "react"
import { describe, expect, it, vi } from "vitest"
import { keyNamesOf } from "../../src/terminal/inputEvents.ts"
import { ErrorBoundary } from "../../src/ui/components/ErrorBoundary.tsx"
import { KeyInput, KeyInputProvider } from "../../src/ui/contexts/KeyInput.tsx"
import { type UseKeysOptions, useKeys } from "../../src/ui/hooks/useKeys.ts"
import { renderInk } from "../../src/ui/renderInk.ts"
import { eventually } from "../harness/eventually.ts"
import { screenWith } from "../terminal/screenWith.ts"

/** Notes what it hears under its name, and takes what `takes` says. */
const Listener = (props: {
  readonly name: string
  readonly heard: Array<string>
  readonly takes?: (key: string) => boolean
  readonly options?: UseKeysOptions
}) => {
  useKeys((event) => {
    const text = event.type === "paste" ? `paste ${JSON.stringify(event.text)}` : keyNamesOf(event).join(" ")
    props.heard.push(`${props.name}: ${text}`)
    return props.takes?.(text) ?? false
  }, props.options)
  return null
}

const mount = (children: ReactNode) => render(<KeyInputProvider>{children}</KeyInputProvider>)

describe("useKeys", () => {
  it("hears what is typed at ink-testing-library's stdin, decoded as in the program", async () => {
    const heard: Array<string> = []
    const { stdin, unmount } = mount(<Listener name="a" heard={heard} />)
    stdin.write("hi")
    stdin.write("\x1b[1;5D\x1b\r\x03")
    stdin.write("\x1b[200~two\rlines\x1b[201~")
    stdin.write("\x1b[<0;5;5M\x1b]11;rgb:0/0/0\x07")
    stdin.write("\x1b")
    await eventually(() => expect(heard.at(-1)).toBe("a: escape"))
    expect(heard).toEqual([
      "a: h i",
      "a: ctrl+left",
      "a: alt+enter",
      "a: ctrl+c",
      'a: paste "two\\nlines"',
      "a: ",
      "a: ",
      "a: escape"
    ])
    unmount()
  })

  it("asks by priority, then the last mounted, until one takes the event", async () => {
    const heard: Array<string> = []
    const { stdin, unmount } = mount(
      <>
        <Listener name="first" heard={heard} />
        <Listener name="high" heard={heard} options={{ priority: 5 }} takes={(key) => key === "x"} />
        <Listener name="last" heard={heard} takes={(key) => key === "y"} />
      </>
    )
    for (const key of ["x", "y", "z"]) stdin.write(key)
    await eventually(() => expect(heard.at(-1)).toBe("first: z"))
    expect(heard).toEqual(["high: x", "high: y", "last: y", "high: z", "last: z", "first: z"])
    unmount()
  })

  it("hears nothing while inactive or after unmount", async () => {
    const heard: Array<string> = []
    const tree = (active: boolean) => (
      <KeyInputProvider>
        <Listener name="always" heard={heard} />
        <Listener name="sometimes" heard={heard} options={{ active }} />
      </KeyInputProvider>
    )
    const { stdin, rerender, unmount } = render(tree(false))
    stdin.write("a")
    await eventually(() => expect(heard).toEqual(["always: a"]))
    rerender(tree(true))
    stdin.write("b")
    await eventually(() => expect(heard).toEqual(["always: a", "sometimes: b", "always: b"]))
    unmount()
    expect(stdin.listenerCount("data")).toBe(0)
  })

  it("keeps what is held for who comes next, in order, and drops it when nobody does", async () => {
    const input = new KeyInput()
    const heard: Array<string> = []
    const hear = (name: string) =>
      input.subscribe((event) => {
        heard.push(`${name}: ${keyNamesOf(event).join(" ")}`)
        return true
      })
    const type = (text: string) => input.emit({ type: "text", text })
    const stop = hear("before")
    type("a")
    input.hold()
    expect(type("b")).toBe(true)
    stop()
    hear("after")
    type("c")
    expect(heard).toEqual(["before: a"])
    await eventually(() => expect(heard).toEqual(["before: a", "after: b", "after: c"]))
    input.hold()
    type("d")
    input.forget()
    type("e")
    expect(heard.slice(3)).toEqual(["after: e"])
  })

  it("says what is missing outside of a provider", () => {
    const quiet = vi.spyOn(console, "error").mockImplementation(() => {})
    const failures: Array<string> = []
    const { unmount } = render(
      <ErrorBoundary
        renderFailure={(error) => {
          failures.push(error.message)
          return null
        }}
      >
        <Listener name="a" heard={[]} />
      </ErrorBoundary>
    )
    expect(failures).toContain("useKeys is called outside KeyInputProvider")
    unmount()
    quiet.mockRestore()
  })
})

/** A leader and a key after it, with ordinary state: each event must meet what the one before has done. */
const Chord = () => {
  const [leader, setLeader] = useState(false)
  const [done, setDone] = useState("nothing")
  useKeys((event) => {
    const [name = ""] = keyNamesOf(event)
    if (leader) {
      setLeader(false)
      setDone(`${done}, leader ${name}`)
    } else if (name === "ctrl+\\") setLeader(true)
    else setDone(`${done}, ${name}`)
    return true
  })
  return <Text>{done}</Text>
}

describe("events of one chunk", () => {
  it("each meet the state that the one before has left, in the program", async () => {
    const screen = screenWith({ columns: 60, rows: 15 })
    const input = new KeyInput()
    const ink = renderInk(
      <KeyInputProvider value={input}>
        <Chord />
      </KeyInputProvider>,
      { presenter: screen.presenter, columns: 60, rows: 15 }
    )
    input.settle = ink.settle
    input.emit({ type: "key", name: "ctrl+\\", sequence: "\x1c" })
    input.emit({ type: "text", text: "n" })
    input.emit({ type: "text", text: "x" })
    await eventually(async () => expect((await screen.lines())[0]).toBe("nothing, leader n, x"))
    ink.unmount()
    screen.presenter.stop()
  })

  it("and in component tests", async () => {
    const { stdin, lastFrame, unmount } = mount(<Chord />)
    stdin.write("\x1cn\x01")
    await eventually(() => expect(lastFrame()).toBe("nothing, leader n, ctrl+a"))
    unmount()
  })
})

describe("KeyInput", () => {
  it("tells whether somebody took the event", () => {
    const input = new KeyInput()
    expect(input.emit({ type: "text", text: "a" })).toBe(false)
    const stop = input.subscribe(() => true)
    expect(input.emit({ type: "text", text: "a" })).toBe(true)
    stop()
    expect(input.emit({ type: "text", text: "a" })).toBe(false)
  })
})
