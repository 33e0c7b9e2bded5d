import { homedir } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { createRef } from "react"
import { type Environment, leaderByte } from "../config.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { SessionShell } from "../services/SessionShell.ts"
import { clipboardSequence, MAX_CLIPBOARD_BYTES } from "../terminal/clipboard.ts"
import type { OuterTerminal } from "../terminal/OuterTerminal.ts"
import { Presenter } from "../terminal/Presenter.ts"
import { plain, sanitise } from "../terminal/sanitise.ts"
import { App, type SavingSource } from "./App.tsx"
import { captureConsole } from "./captureConsole.ts"
import { ErrorBoundary, FailureScreen } from "./components/ErrorBoundary.tsx"
import { EffectProvider, type EffectTalkServices } from "./contexts/EffectProvider.tsx"
import { KeyInput, KeyInputProvider } from "./contexts/KeyInput.tsx"
import { KeyboardGate } from "./KeyboardGate.ts"
import { outerLook } from "./outerLook.ts"
import { renderInk } from "./renderInk.ts"

/** What the screen needs beside the services. */
export interface ScreenOptions {
  /** The environment EffectTalk was started with. */
  readonly environment: Environment
  readonly terminal: OuterTerminal
  readonly saving: SavingSource
  /** Said once at the start; null for nothing. */
  readonly greeting: string | null
}

const homeOf = (environment: Environment): string => environment.HOME ?? homedir()

/** Copies through the outer terminal; the message says *sent*, because no terminal answers. */
const copyThrough =
  (terminal: OuterTerminal) =>
  (text: string): string => {
    const sequence = clipboardSequence(text)
    if (sequence === null) return `Not copied: more than ${MAX_CLIPBOARD_BYTES / 1000} KB, which terminals drop`
    terminal.write(sequence, () => {})
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
    return `Sent ${lines} ${lines === 1 ? "line" : "lines"} to the terminal's clipboard`
  }

/**
 * Shows the session until the user leaves, its shell ends or the outer terminal goes away. The terminal is given back
 * when the scope ends.
 */
export const showScreen = Effect.fn("showScreen")(function* (options: ScreenOptions) {
  const { environment, terminal } = options
  const config = yield* ConfigService
  const shell = yield* SessionShell
  const runtime = yield* Effect.runtime<EffectTalkServices>()
  const left = yield* Deferred.make<void>()
  const leave = () => Deferred.unsafeDone(left, Effect.void)
  const { theme, colorDepth } = outerLook(environment)
  const leaderBytes = Uint8Array.of(leaderByte(config.leader))

  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const presenter = new Presenter({
        output: terminal,
        ...terminal.size,
        colorDepth,
        onError: (error) => {
          // A terminal that cannot be written is gone; a surface that throws is shown blank.
          if (error.kind === "write") leave()
        }
      })
      const input = new KeyInput()
      const boundary = createRef<ErrorBoundary>()
      const gate = new KeyboardGate({
        leader: leaderBytes,
        toProgram: (bytes) => shell.write(bytes),
        toScreen: (event) => {
          try {
            input.emit(event)
          } catch (cause) {
            boundary.current?.fail(cause)
          }
        },
        onLeader: () => input.emit({ type: "key", name: config.leader, sequence: "" })
      })
      const releaseConsole = captureConsole()
      terminal.enter()
      const ink = renderInk(
        <KeyInputProvider value={input}>
          <EffectProvider runtime={runtime}>
            <ErrorBoundary
              ref={boundary}
              renderFailure={(error, reload) => (
                <FailureScreen error={error} rows={terminal.size.rows} gate={gate} reload={reload} leave={leave} />
              )}
            >
              <App
                gate={gate}
                leader={{ name: config.leader, bytes: leaderBytes }}
                theme={theme}
                home={homeOf(environment)}
                prompt={config.prompt}
                saving={options.saving}
                greeting={options.greeting}
                copy={copyThrough(terminal)}
                mirror={(modes) => (modes === null ? terminal.unmirror() : terminal.mirror(modes))}
                repaint={() => presenter.repaint()}
                leave={leave}
              />
            </ErrorBoundary>
          </EffectProvider>
        </KeyInputProvider>,
        { presenter, ...terminal.size, onExit: leave }
      )
      // The leader and the key after it often come in one chunk: the second must meet what the first has done.
      input.settle = ink.settle
      const undo = [
        terminal.onData((bytes) => gate.push(bytes)),
        terminal.onResize((size) => ink.resize(size.columns, size.rows)),
        terminal.onSuspend(() => presenter.pause()),
        terminal.onResume(() => presenter.resume())
      ]
      return { presenter, gate, ink, undo, releaseConsole }
    }),
    ({ presenter, gate, ink, undo, releaseConsole }) =>
      Effect.sync(() => {
        for (const stop of undo) stop()
        gate.dispose()
        ink.unmount()
        presenter.stop()
        terminal.close()
        // On the primary screen it harms nobody, and may be all there is to a report.
        for (const line of releaseConsole()) process.stderr.write(`${plain(sanitise(line))}\n`)
      })
  )
  yield* Deferred.await(left)
})
