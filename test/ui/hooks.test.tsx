import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import { Text } from "ink"
import { render } from "ink-testing-library"
import { describe, expect, it, vi } from "vitest"
import { SessionId } from "../../src/domain/ids.ts"
import type { EffectTalkServices } from "../../src/EffectTalkLayer.ts"
import { OpenSessionsError } from "../../src/services/OpenSessions.ts"
import { PersistenceError } from "../../src/services/persistence/PersistenceError.ts"
import { ErrorBoundary } from "../../src/ui/components/ErrorBoundary.tsx"
import { EffectProvider } from "../../src/ui/contexts/EffectProvider.tsx"
import { type AsyncCommand, useAsyncCommand } from "../../src/ui/hooks/useAsyncCommand.ts"
import { useBlocks } from "../../src/ui/hooks/useBlocks.ts"
import { useBlockWords } from "../../src/ui/hooks/useBlockWords.ts"
import { type EffectTalk, useEffectTalk } from "../../src/ui/hooks/useEffectTalk.ts"
import { type Sessions, useSessions } from "../../src/ui/hooks/useSessions.ts"
import { eventually } from "../harness/eventually.ts"
import { fakeServices } from "./fakeServices.ts"

interface ProbeProps {
  readonly read: () => string
}

/** Shows what a hook says. */
const Probe = ({ read }: ProbeProps) => <Text>{read()}</Text>

/** Outside the provider. */
const Lost = () => <Text>{useEffectTalk().session.id}</Text>

/** Renders a component that shows what a hook says, and gives the hook's latest value. */
const mount = <A,>(runtime: Runtime.Runtime<EffectTalkServices>, hook: () => A, show: (value: A) => string) => {
  let latest: A
  const read = () => {
    latest = hook()
    return show(latest)
  }
  const ink = render(
    <EffectProvider runtime={runtime}>
      <Probe read={read} />
    </EffectProvider>
  )
  const shows = (text: string) => eventually(() => expect(ink.lastFrame()).toBe(text))
  return { shows, value: () => latest, unmount: ink.unmount }
}

describe("useEffectTalk", () => {
  it("gives the session and the services that act on it", async () => {
    const { runtime } = await fakeServices()
    const show = ({ session }: EffectTalk) => `Session ${session.id}, blocks: ${session.blocks.length}`
    const { shows, value } = mount(runtime, useEffectTalk, show)
    await shows("Session abcdefgh1234, blocks: 0")
    const { commandExecutor, sessionStore, blockService } = value()
    await Effect.runPromise(commandExecutor.executeCommand({ command: "echo hi" }))
    await shows("Session abcdefgh1234, blocks: 1")
    const [block] = (await Effect.runPromise(sessionStore.get)).blocks
    expect(blockService.outputs.get(block!.id)?.text()).toBe("hi\n")
  })

  it("is of no use outside the provider, and says so", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {})
    const { lastFrame } = render(
      <ErrorBoundary renderFailure={(failure) => <Text>{failure.message}</Text>}>
        <Lost />
      </ErrorBoundary>
    )
    expect(lastFrame()).toContain("outside EffectProvider")
    error.mockRestore()
  })
})

describe("useBlocks", () => {
  it("gives the blocks as they come and change", async () => {
    const { runtime, shell } = await fakeServices()
    const commands = mount(runtime, useAsyncCommand, () => "")
    const { shows } = mount(runtime, useBlocks, (blocks) =>
      blocks.map(({ command, status }) => `${command}: ${status}`).join(", ")
    )
    await shows("")
    await commands.value().executeCommand("echo one")
    const held = commands.value().executeCommand("hold")
    await shows("echo one: success, hold: running")
    shell.release()
    await held
    await shows("echo one: success, hold: success")
  })
})

describe("useBlockWords", () => {
  const seenIn = (runtime: Runtime.Runtime<EffectTalkServices>, text: string) =>
    mount(
      runtime,
      () => useBlockWords(text),
      (words) => `found: ${words.map(({ name, start }) => `${name} ${start}`).join(", ")}`
    )

  it("gives the words that stand for blocks, as soon as there are any", async () => {
    const { runtime } = await fakeServices()
    const commands = mount(runtime, useAsyncCommand, () => "")
    const { shows, value } = seenIn(runtime, "diff @prev @last '@last' @types/node @b2")
    await shows("found:")
    const none = value()
    await commands.value().executeCommand("echo one")
    await shows("found: last 11")
    expect(none).toEqual([])
    await commands.value().executeCommand("echo two")
    await shows("found: prev 5, last 11, b2 37")
  })

  it("does not look through what is too long to be read with every key", async () => {
    const { runtime } = await fakeServices()
    const commands = mount(runtime, useAsyncCommand, () => "")
    await commands.value().executeCommand("echo one")
    await seenIn(runtime, `cat ${"x".repeat(99_990)} @last`).shows("found: last 99995")
    await seenIn(runtime, `cat ${"x".repeat(99_991)} @last`).shows("found:")
  })
})

describe("useAsyncCommand", () => {
  const show = ({ loading, error }: AsyncCommand) => `${loading ? "loading" : "idle"}, ${error?.reason ?? "no error"}`

  it("is loading while a command runs, and resolves with how it went", async () => {
    const { runtime, shell } = await fakeServices()
    const { shows, value } = mount(runtime, useAsyncCommand, show)
    await shows("idle, no error")
    const result = value().executeCommand("hold")
    await shows("loading, no error")
    shell.release()
    expect(await result).toEqual({ success: true, exitCode: 0 })
    await shows("idle, no error")
  })

  it("stays loading until the last of several has ended", async () => {
    const { runtime, shell } = await fakeServices()
    const { shows, value } = mount(runtime, useAsyncCommand, show)
    const first = value().executeCommand("hold")
    await shows("loading, no error")
    const second = value().executeCommand({ command: "echo beside", beside: true })
    expect(await second).toEqual({ success: true, exitCode: 0 })
    await shows("loading, no error")
    shell.release()
    await first
    await shows("idle, no error")
  })

  it("keeps why a command did not run, until the next one; it never rejects", async () => {
    const { runtime } = await fakeServices()
    const { shows, value } = mount(runtime, useAsyncCommand, show)
    expect(await value().executeCommand("echo 'half")).toBeNull()
    await shows("idle, Incomplete")
    expect(value().error?.message).toBe("The command is not finished yet")
    expect(await value().executeCommand("echo whole")).toEqual({ success: true, exitCode: 0 })
    await shows("idle, no error")
  })

  it("tells who asked of the error and its request", async () => {
    const { runtime } = await fakeServices()
    const heard = vi.fn()
    const { value } = mount(runtime, () => useAsyncCommand(heard), show)
    await value().executeCommand({ command: "echo 'half", timeLimit: 10 })
    expect(heard.mock.calls).toEqual([
      [expect.objectContaining({ reason: "Incomplete" }), { command: "echo 'half", timeLimit: 10 }]
    ])
  })

  it("lets a command go on whose component is gone", async () => {
    const { runtime, shell } = await fakeServices()
    const { shows, value, unmount } = mount(runtime, useAsyncCommand, show)
    const result = value().executeCommand("hold")
    await shows("loading, no error")
    unmount()
    shell.release()
    expect(await result).toEqual({ success: true, exitCode: 0 })
  })
})

describe("useSessions", () => {
  const show = ({ sessions, activeSession }: Sessions) => `Active: ${activeSession.id}, total: ${sessions.length}`

  it("gives the sessions and the one on the screen", async () => {
    const { runtime } = await fakeServices()
    const { shows, value } = mount(runtime, useSessions, show)
    await shows("Active: abcdefgh1234, total: 1")
    expect(value().sessions[0]).toMatchObject({ id: "abcdefgh1234", name: null, state: { kind: "here" } })
  })

  it("passes on what is asked of them, and resolves with null or with why it did not happen", async () => {
    const asked: Array<unknown> = []
    const note = (...what: ReadonlyArray<unknown>) => Effect.sync(() => void asked.push(what))
    const locked = new PersistenceError({ reason: "Locked", subject: "s2", detail: "open in process 7", pid: 7 })
    const { runtime } = await fakeServices({
      sessions: {
        switchTo: (id) => Effect.zipRight(note("switch", id), Effect.fail(locked)),
        create: note("create"),
        rename: (id, name) => Effect.zipRight(note("rename", id, name), new OpenSessionsError({ reason: "BadName" })),
        pin: (id, pinned) => note("pin", id, pinned),
        archive: (id) => note("archive", id),
        refresh: note("refresh")
      }
    })
    const { value } = mount(runtime, useSessions, show)
    const id = SessionId.make("s2")
    expect(await value().switchTo(id)).toBe(locked)
    expect(await value().create()).toBeNull()
    expect(await value().rename(id, "\x1b")).toMatchObject({ reason: "BadName" })
    expect(await value().pin(id, true)).toBeNull()
    expect(await value().archive(id)).toBeNull()
    expect(await value().refresh()).toBeNull()
    expect(asked).toEqual([
      ["switch", id],
      ["create"],
      ["rename", id, "\x1b"],
      ["pin", id, true],
      ["archive", id],
      ["refresh"]
    ])
  })
})
