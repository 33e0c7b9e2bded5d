import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Runtime from "effect/Runtime"
import { render } from "ink-testing-library"
import { afterEach, describe, expect, it } from "vitest"
import { BlockId, SessionId } from "../../src/domain/ids.ts"
import { emptySession } from "../../src/domain/reduce.ts"
import type { SessionEvent } from "../../src/domain/SessionEvent.ts"
import type { EffectTalkServices } from "../../src/EffectTalkLayer.ts"
import { SessionStore } from "../../src/services/SessionStore.ts"
import { EffectProvider } from "../../src/ui/contexts/EffectProvider.tsx"
import { useKeptInput } from "../../src/ui/hooks/useKeptInput.ts"
import { eventually } from "../harness/eventually.ts"

const session = emptySession({
  _tag: "SessionCreated",
  at: 0,
  session: SessionId.make("s1"),
  workingDirectory: "/home/ada",
  shell: "/bin/bash"
})

const Input = ({ text }: { readonly text: string }) => {
  useKeptInput(text)
  return null
}

const runtimes: Array<ManagedRuntime.ManagedRuntime<SessionStore, never>> = []
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.dispose()
})

const mount = async () => {
  const events: Array<SessionEvent> = []
  const managed = ManagedRuntime.make(SessionStore.layer(session, { append: (event) => events.push(event) }))
  runtimes.push(managed)
  // Nothing but the session is asked for.
  const runtime = (await managed.runtime()) as Runtime.Runtime<EffectTalkServices>
  const tree = (text: string) => (
    <EffectProvider runtime={runtime}>
      <Input text={text} />
    </EffectProvider>
  )
  const ink = render(tree(""))
  return {
    write: (text: string) => ink.rerender(tree(text)),
    unmount: () => ink.unmount(),
    keeps: (...texts: ReadonlyArray<string>) => {
      const kept = () => events.flatMap((event) => (event._tag === "InputKept" ? [event.input] : []))
      return eventually(() => expect(kept()).toEqual(texts))
    },
    starts: (command: string) =>
      managed.runPromise(
        Effect.flatMap(SessionStore, (store) =>
          store.dispatch({ _tag: "BlockStarted", at: 0, block: BlockId.make("b1"), command, directory: "/" })
        )
      )
  }
}

describe("useKeptInput", () => {
  it("keeps the text a while after the last key, and on leaving", async () => {
    const input = await mount()
    input.write("l")
    input.write("ls")
    await input.keeps("ls")
    input.write("ls -l")
    input.unmount()
    await input.keeps("ls", "ls -l")
  })

  it("has nothing to say of a text that runs, and keeps the same text when it is written again", async () => {
    const input = await mount()
    input.write("ls")
    await input.keeps("ls")
    input.write("")
    await input.starts("ls")
    input.write("ls")
    input.unmount()
    await input.keeps("ls", "ls")
  })

  it("keeps what is still written when a block's command was the same", async () => {
    const input = await mount()
    input.write("ls")
    await input.keeps("ls")
    await input.starts("ls")
    await input.keeps("ls", "ls")
  })
})
