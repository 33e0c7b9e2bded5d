import { homedir } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { createRef } from "react"
import { type Environment, leaderByte } from "../config.ts"
import type { EffectTalkServices } from "../EffectTalkLayer.ts"
import type { SignalDesk } from "../endingSignals.ts"
import { type Copied, makeClipboard } from "../services/Clipboard.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { OpenSessions } from "../services/OpenSessions.ts"
import type { InputEvent } from "../terminal/inputEvents.ts"
import type { OuterTerminal } from "../terminal/OuterTerminal.ts"
import { Presenter } from "../terminal/Presenter.ts"
import { plain, sanitise } from "../terminal/sanitise.ts"
import { ambiguityOf } from "../terminal/sureWidths.ts"
import { TerminalLender } from "../terminal/TerminalLender.ts"
import { visibleText } from "./blocks/visibleText.ts"
import { ClipboardDesk } from "./ClipboardDesk.ts"
import { captureConsole } from "./captureConsole.ts"
import { ErrorBoundary, FailureScreen } from "./components/ErrorBoundary.tsx"
import { EffectProvider } from "./contexts/EffectProvider.tsx"
import { KeyInput, KeyInputProvider } from "./contexts/KeyInput.tsx"
import { copiedText, notCopiedText } from "./copiedText.ts"
import type { ProgramsTerminal } from "./hooks/useProgramRequests.ts"
import { KeyboardGate } from "./KeyboardGate.ts"
import { MouseSwitch } from "./MouseSwitch.ts"
import { outerLook } from "./outerLook.ts"
import { renderInk } from "./renderInk.ts"
import { SessionScreen } from "./SessionScreen.tsx"

/** What the screen needs beside the services. */
export interface ScreenOptions {
  /** The environment EffectTalk was started with. */
  readonly environment: Environment
  readonly terminal: OuterTerminal
  readonly signals: Pick<SignalDesk, "ignore">
}

const homeOf = (environment: Environment): string => environment.HOME ?? homedir()

/** The screen itself failed, beyond what its failure screen could show. */
export class ScreenError extends Schema.TaggedError<ScreenError>()("ScreenError", { cause: Schema.Defect }) {
  override get message(): string {
    const text = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the screen failed: ${visibleText(text.split("\n")[0] ?? "")}`
  }
}

/** Keeps what libraries print off the screen until the scope ends: then it may be all there is to a report. */
const keepConsole = Effect.acquireRelease(Effect.sync(captureConsole), (release) =>
  Effect.sync(() => {
    for (const line of release()) process.stderr.write(`${plain(sanitise(line))}\n`)
  })
)

/**
 * Shows the sessions until the user leaves or the last shell ends. The terminal is given back when the scope ends, whatever has
 * failed. Fails with `ScreenError`.
 */
export const showScreen = Effect.fn("showScreen")(function* (options: ScreenOptions) {
  const { environment, terminal, signals } = options
  const config = yield* ConfigService
  const sessions = yield* OpenSessions
  const runtime = yield* Effect.runtime<EffectTalkServices>()
  const left = yield* Deferred.make<void, ScreenError>()
  const leave = () => Deferred.unsafeDone(left, Effect.void)
  const fail = (cause: unknown) => Deferred.unsafeDone(left, Effect.fail(new ScreenError({ cause })))
  const { theme, colorDepth, links } = outerLook(environment)
  const leaderBytes = Uint8Array.of(leaderByte(config.leader))

  const fold = { first: config.foldFirstLines, last: config.foldLastLines }
  const mouse = new MouseSwitch(config.mouse, (modes) => terminal.setOwnModes(modes))

  yield* keepConsole
  yield* Effect.acquireRelease(
    Effect.sync(() => terminal.enter()),
    () =>
      Effect.zipRight(
        Effect.promise(() => terminal.quiet()),
        Effect.sync(() => terminal.close())
      )
  )
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const input = new KeyInput()
      const boundary = createRef<ErrorBoundary>()
      const emit = (event: InputEvent) => {
        try {
          input.emit(event)
        } catch (cause) {
          boundary.current?.fail(cause)
        }
      }
      const presenter = new Presenter({
        output: terminal,
        ...terminal.size,
        colorDepth,
        links,
        ambiguity: ambiguityOf(environment),
        onError: (error) => {
          // What cannot be written any more the terminal itself has told.
          if (error.kind === "layer") boundary.current?.fail(error.cause)
        }
      })
      const gate = new KeyboardGate({
        leader: leaderBytes,
        toScreen: emit,
        onLeader: () => emit({ type: "key", name: config.leader, sequence: "" })
      })
      const { copy } = makeClipboard({ environment, write: (sequence) => terminal.write(sequence, () => {}) })
      const run = Runtime.runFork(runtime)
      const clipboard = new ClipboardDesk({
        policy: config.clipboard,
        copy: (text, target, done) => {
          const onSuccess = ({ sent }: Copied) => done(sent ? "sent" : "copied")
          run(Effect.match(copy(text, target), { onSuccess, onFailure: () => done("failed") }))
        }
      })
      const programs: ProgramsTerminal = {
        bell: () => terminal.bell(),
        askColor: (name, answer) => terminal.askColor(name, answer),
        clipboard
      }
      const lender = new TerminalLender({
        terminal,
        process,
        refuseKeys: () => input.refuse(),
        ignoreInterrupt: () => signals.ignore("SIGINT")
      })
      const ink = renderInk(
        <KeyInputProvider value={input}>
          <EffectProvider runtime={runtime}>
            <ErrorBoundary
              ref={boundary}
              renderFailure={(error, reload) => (
                <FailureScreen error={error} rows={terminal.size.rows} gate={gate} reload={reload} leave={leave} />
              )}
            >
              <SessionScreen
                gate={gate}
                terminal={programs}
                leader={{ name: config.leader, bytes: leaderBytes }}
                theme={theme}
                home={homeOf(environment)}
                prompt={config.prompt}
                sidebar={config.sidebar}
                copy={(text, done) => {
                  const onSuccess = (copied: Copied) => done(copiedText(text, copied))
                  run(Effect.match(copy(text), { onSuccess, onFailure: (error) => done(notCopiedText(error)) }))
                }}
                mirror={(modes, keepsMouse) =>
                  modes === null ? terminal.unmirror() : terminal.mirror(modes, keepsMouse)
                }
                mouse={mouse}
                fold={fold}
                lend={(program) => lender.lend(program)}
                environment={environment}
                repaint={() => presenter.repaint()}
                leave={leave}
              />
            </ErrorBoundary>
          </EffectProvider>
        </KeyInputProvider>,
        { presenter, ...terminal.size, onExit: (error) => (error === undefined ? leave() : fail(error)) }
      )
      // The leader and the key after it often come in one chunk: the second must meet what the first has done.
      input.settle = ink.settle
      const undo = [
        terminal.onData((bytes) => gate.push(bytes)),
        terminal.onResize((size) => ink.resize(size.columns, size.rows)),
        terminal.onSuspend(() => presenter.pause()),
        terminal.onResume(() => presenter.resume())
      ]
      return { presenter, gate, ink, undo, lender }
    }),
    ({ presenter, gate, ink, undo, lender }) =>
      Effect.zipRight(
        Effect.promise(() => lender.end()),
        Effect.sync(() => {
          for (const stop of undo) stop()
          presenter.stop()
          gate.dispose()
          ink.unmount()
        })
      )
  )
  yield* Effect.raceFirst(Deferred.await(left), sessions.broken)
})
