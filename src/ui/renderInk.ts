import { EventEmitter } from "node:events"
import { constants } from "node:os"
import { PassThrough } from "node:stream"
import chalk from "chalk"
import { Box, render } from "ink"
import { createElement, type ReactNode, useLayoutEffect, useState } from "react"
import type { Presenter } from "../terminal/Presenter.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"
import { PresenterContext } from "./contexts/PresenterContext.ts"
import { TerminalSizeContext } from "./contexts/TerminalSize.ts"

export interface RenderInkOptions extends TerminalSize {
  readonly presenter: Presenter
  /** The tree has ended by itself: `useApp().exit()`, or an error that no boundary of ours caught. */
  readonly onExit?: (error?: unknown) => void
}

export interface InkInstance {
  /** Lays the tree out for a new size and tells the presenter. */
  readonly resize: (columns: number, rows: number) => void
  /**
   * Renders pending state changes now rather than at the end of the turn: between two keys that came in one chunk, so
   * that the second finds what the first has done.
   */
  readonly settle: () => void
  /** Takes the tree down; nothing is painted for it any more. */
  readonly unmount: () => void
}

/**
 * What Ink takes for the terminal. With `debug` each write is one whole frame, also while CI is set. It says that it is
 * no terminal, so Ink hides no cursor, asks nothing and clears nothing.
 */
class FrameStream extends EventEmitter {
  readonly isTTY = false
  readonly writable = true
  columns: number
  rows: number
  onFrame: ((lines: ReadonlyArray<string>) => void) | null

  constructor(size: TerminalSize, onFrame: ((lines: ReadonlyArray<string>) => void) | null) {
    super()
    this.columns = size.columns
    this.rows = size.rows
    this.onFrame = onFrame
  }

  write(frame: string, done?: () => void): boolean {
    // Ink's own clearing of its (empty) log writes nothing; a frame has at least the newlines between its rows.
    if (frame !== "") this.onFrame?.(frame.split("\n"))
    done?.()
    return true
  }
}

/** A stdin that never says anything: keys reach the tree through `useKeys`. */
const silentStdin = (): PassThrough =>
  Object.assign(new PassThrough(), { isTTY: false, setRawMode: () => {}, ref: () => {}, unref: () => {} })

/**
 * Runs `start` and takes away the signal listeners it added. Ink brings signal-exit, which raises a signal again when it
 * finds no other listener, before the program's finalizers have run. Signals are main's; a tree needs no farewell.
 */
const withoutSignalListeners = <A>(start: () => A): A => {
  const names = Object.keys(constants.signals) as ReadonlyArray<NodeJS.Signals>
  const before = names.map((name) => [name, process.listeners(name)] as const)
  const started = start()
  for (const [name, kept] of before) {
    for (const listener of process.listeners(name)) {
      if (!kept.includes(listener)) process.removeListener(name, listener)
    }
  }
  return started
}

/** Holds the size, so that a resize is an ordinary render: Ink itself does not listen for it while CI is set. */
const Screen = (props: {
  readonly presenter: Presenter
  readonly initial: TerminalSize
  readonly bind: (set: (size: TerminalSize) => void) => void
  readonly children: ReactNode
}) => {
  const [size, setSize] = useState(props.initial)
  props.bind(setSize)
  // The first picture is painted as soon as its surfaces are there: before effects start their work, and not at the end
  // of a turn in which more of the start is waiting.
  useLayoutEffect(() => props.presenter.flush(), [props.presenter])
  return createElement(
    PresenterContext.Provider,
    { value: props.presenter },
    createElement(
      TerminalSizeContext.Provider,
      { value: size },
      createElement(Box, { width: size.columns, height: size.rows, flexDirection: "column" }, props.children)
    )
  )
}

/**
 * Renders a tree with Ink, frame by frame, into the presenter. The tree gets the whole screen as a column of
 * `columns` × `rows`; it finds the size with `useTerminalSize`, its surfaces the presenter.
 */
export const renderInk = (element: ReactNode, options: RenderInkOptions): InkInstance => {
  const { presenter, onExit } = options
  const initial = { columns: options.columns, rows: options.rows }
  // Ink colours through chalk, which would judge our private stream, CI and FORCE_COLOR. It shall say what was meant:
  // the presenter knows what the terminal can show.
  chalk.level = 3
  const stdout = new FrameStream(initial, (lines) => presenter.setFrame(lines))
  let setSize: (size: TerminalSize) => void = () => {}
  let ended = false
  const root = createElement(Screen, {
    presenter,
    initial,
    bind: (set) => {
      setSize = set
    },
    // biome-ignore lint/correctness/noChildrenProp: this file is not JSX
    children: element
  })
  const instance = withoutSignalListeners(() =>
    render(root, {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: new FrameStream(initial, null) as unknown as NodeJS.WriteStream,
      stdin: silentStdin() as unknown as NodeJS.ReadStream,
      debug: true,
      patchConsole: false,
      exitOnCtrlC: false
    })
  )
  const end = (error?: unknown): void => {
    if (ended) return
    ended = true
    onExit?.(error)
  }
  instance.waitUntilExit().then(() => end(), end)
  return {
    resize: (columns, rows) => {
      if (ended || (columns === stdout.columns && rows === stdout.rows)) return
      stdout.columns = columns
      stdout.rows = rows
      presenter.resize(columns, rows)
      setSize({ columns, rows })
      stdout.emit("resize")
    },
    settle: () => {
      // Rendering the same tree again is what Ink has for flushing React: nothing of it changed, so only state is done.
      if (!ended) instance.rerender(root)
    },
    unmount: () => {
      ended = true
      stdout.onFrame = null
      instance.unmount()
    }
  }
}
