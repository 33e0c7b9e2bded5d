/** The terminal that `exec` itself runs in, while a command on a terminal of its own has the keyboard. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BlockOutput } from "../../terminal/BlockOutput.ts"
import { initialModes, modeSequences } from "../../terminal/TerminalModes.ts"
import type { TerminalSize } from "../../terminal/TerminalSize.ts"

/** Size assumed of a terminal that does not tell. */
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 }

/** The size now; the default without a terminal. */
export const ownSize = (): TerminalSize => ({
  columns: process.stdout.columns || DEFAULT_SIZE.columns,
  rows: process.stdout.rows || DEFAULT_SIZE.rows
})

/** Every change of the size. */
export const sizeChanges: Stream.Stream<TerminalSize> = Stream.asyncPush((emit) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const onResize = () => void emit.single(ownSize())
      process.stdout.on("resize", onResize)
      return onResize
    }),
    (onResize) => Effect.sync(() => process.stdout.off("resize", onResize))
  )
)

const setRaw = (on: boolean): void => {
  try {
    process.stdin.setRawMode(on)
  } catch {
    // The terminal is gone, and its modes with it.
  }
}

/** Passes every key on as it is until the scope ends; then, or when the process ends before, the terminal is as it was. */
const rawMode: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(
  Effect.acquireRelease(
    Effect.sync(() => {
      const restore = () => setRaw(false)
      // Whoever stopped us may have given the terminal modes of its own.
      const again = () => {
        setRaw(false)
        setRaw(true)
      }
      setRaw(true)
      process.on("exit", restore)
      process.on("SIGCONT", again)
      return { restore, again }
    }),
    ({ restore, again }) =>
      Effect.sync(() => {
        process.off("SIGCONT", again)
        process.off("exit", restore)
        restore()
      })
  )
)

/** What is typed, byte for byte, as long as somebody takes it; the terminal is raw meanwhile. */
export const typedBytes: Stream.Stream<Uint8Array> = Stream.asyncPush((emit) =>
  Effect.zipRight(
    rawMode,
    Effect.acquireRelease(
      Effect.sync(() => {
        const onData = (bytes: Buffer) => void emit.single(bytes)
        process.stdin.on("data", onData)
        return onData
      }),
      (onData) =>
        Effect.sync(() => {
          process.stdin.off("data", onData)
          process.stdin.pause()
        })
    )
  )
)

/** What brings the terminal back from where a command that was killed has left it; "" when it is in order. */
export const repairOf = (output: BlockOutput): string => {
  const { modes, alternate } = output
  const wanted = modeSequences(initialModes())
  const screen = alternate ? "\x1b[?1049l" : ""
  const cursor = modes.cursorShape === "default" ? "" : "\x1b[0 q"
  return screen === "" && cursor === "" && modeSequences(modes) === wanted ? "" : `${screen}${wanted}${cursor}\x1b[m`
}
