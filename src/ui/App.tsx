import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Box } from "ink"
import { useEffect, useLayoutEffect, useReducer, useRef, useSyncExternalStore } from "react"
import { MIN_COLUMNS, MIN_ROWS } from "../domain/limits.ts"
import { BlockService } from "../services/BlockService.ts"
import { CommandExecutor } from "../services/CommandExecutor.ts"
import { OpenSessions } from "../services/OpenSessions.ts"
import { SessionShell } from "../services/SessionShell.ts"
import { type InputEvent, keyNamesOf } from "../terminal/inputEvents.ts"
import type { TerminalModes } from "../terminal/TerminalModes.ts"
import { BlockList } from "./components/BlockList.tsx"
import { CommandInput } from "./components/CommandInput.tsx"
import { FullScreen } from "./components/FullScreen.tsx"
import { Header } from "./components/Header.tsx"
import { HelpOverlay, helpPageRows } from "./components/HelpOverlay.tsx"
import { LeaveDialog } from "./components/LeaveDialog.tsx"
import { StatusLine } from "./components/StatusLine.tsx"
import { TooSmall } from "./components/TooSmall.tsx"
import { useRun, useService } from "./contexts/EffectProvider.tsx"
import { useKeyInput } from "./contexts/KeyInput.tsx"
import { useTerminalSize } from "./contexts/TerminalSize.ts"
import { useEditor } from "./editor/useEditor.ts"
import { HELP_HINTS, helpGroups, LEAVE_HINTS, statusHints, welcomeHints } from "./hints.ts"
import { useBlockList } from "./hooks/useBlockList.ts"
import { useFullScreen } from "./hooks/useFullScreen.ts"
import { useGitBranch } from "./hooks/useGitBranch.ts"
import { useKeptInput } from "./hooks/useKeptInput.ts"
import { useKeys } from "./hooks/useKeys.ts"
import { useLasting } from "./hooks/useLasting.ts"
import { useSeconds } from "./hooks/useSeconds.ts"
import { useOutputs, useSession, useShellState } from "./hooks/useSession.ts"
import { maxInputRows } from "./inputRows.ts"
import type { KeyboardGate } from "./KeyboardGate.ts"
import { actionFor, type UiAction } from "./keymap.ts"
import { promptText } from "./promptText.ts"
import type { Theme } from "./theme.ts"
import { initialUiState, keyboardOwner, passesThrough, reduceUi } from "./uiState.ts"

/** What is saved, as the screen shows it. */
export interface SavingSource {
  /** `not saved: <why>`, null while saving works. */
  readonly failure: () => string | null
  readonly subscribe: (changed: () => void) => () => void
}

export interface AppProps {
  /** The keyboard's gate: the screen opens it while a program owns the keyboard. */
  readonly gate: Pick<KeyboardGate, "open" | "push" | "program">
  /** Name and bytes of the leader key. */
  readonly leader: { readonly name: string; readonly bytes: Uint8Array }
  readonly theme: Theme
  /** Absolute home directory, written `~`. */
  readonly home: string
  readonly prompt: "shell" | "own"
  readonly saving: SavingSource
  /** Shown once at the start: what the configuration or recovery had to say. */
  readonly greeting: string | null
  /** Puts text on the user's clipboard; gives the message for the status line. */
  readonly copy: (text: string) => string
  /** Mirrors what the program on the screen asked of its terminal to the outer one; null: nothing is asked. */
  readonly mirror: (modes: TerminalModes | null) => void
  readonly repaint: () => void
  readonly leave: () => void
}

/** Rows of the header and of the status line. */
const CHROME_ROWS = 2
/** Characters of the session's id in the header. */
const SHORT_ID = 8
/** Keys that other editors have a use for, and what to say instead of nothing. */
const MISSING_KEYS: Readonly<Record<string, string>> = {
  tab: "This editor does not complete; Ctrl+V Tab inserts a tab",
  "ctrl+r": "This editor does not search the history; Up walks through it"
}
/** A command that runs this long hides the prompt, in milliseconds. */
const PROMPT_LINGER_MS = 100
/** What Ctrl+C sends. */
const INTERRUPT = Uint8Array.of(0x03)

/** The whole screen. */
export const App = (props: AppProps) => {
  const { theme, leader, gate } = props
  const size = useTerminalSize()
  const session = useSession()
  const shellState = useShellState()
  const outputs = useOutputs()
  const shell = useService(SessionShell)
  const blocks = useService(BlockService)
  const executor = useService(CommandExecutor)
  const sessions = useService(OpenSessions)
  const run = useRun()
  const input = useKeyInput()
  const [ui, dispatch] = useReducer(reduceUi, { ...initialUiState, message: props.greeting })
  const list = useBlockList(theme, props.home)
  const failure = useSyncExternalStore(props.saving.subscribe, props.saving.failure, props.saving.failure)

  // A start file that takes its time may be asking something: keys go to it.
  const programRuns = shellState.phase === "running" || (shellState.phase === "starting" && shellState.slow)
  const fullScreen = useFullScreen(shellState.running)
  const owner = keyboardOwner(ui, programRuns)
  const tooSmall = size.columns < MIN_COLUMNS || size.rows < MIN_ROWS
  // Editor and navigation need their own screen; the program keeps its size meanwhile.
  const shownProgram = ui.focus === "auto" ? fullScreen : null
  // The user has ended the shell, and nothing of it is left: its session ends with it, and EffectTalk with the last one.
  const { ending } = shellState
  const done = ending?.byItself === true && ending.survivors.length === 0
  const endSession = () =>
    run(Effect.map(sessions.close(session.id), (another) => (another ? undefined : props.leave())))
  const ends = useRef(endSession)
  ends.current = endSession
  useEffect(() => {
    if (done) ends.current()
  }, [done])
  const leaving = ui.leaving?.jobs ?? (done ? null : (ending?.survivors ?? null))
  const branch = useGitBranch(session.workingDirectory, session.blocks.at(-1)?.status)
  const tick = useSeconds(programRuns)

  const submit = (text: string) => {
    // At once, not with the next render: what is typed behind Enter is the command's. The shell holds it until then.
    gate.open = true
    list.toBottom()
    run(
      executor.executeCommand({ command: text }).pipe(
        Effect.catchTag("ShellError", (error) =>
          Effect.sync(() => {
            gate.open = false
            if (error.reason === "Incomplete") editor.continueLine()
            else {
              editor.takeBack()
              dispatch({ type: "message", text: error.message })
            }
            // What was typed behind Enter goes on where the text does.
            gate.push(error.typed)
          })
        )
      )
    )
  }

  const leave = () =>
    run(
      Effect.map(sessions.jobs, (jobs) =>
        jobs.length === 0 ? props.leave() : dispatch({ type: "ask", jobs, for: "all" })
      )
    )

  const endInput = () =>
    run(
      Effect.map(shell.jobs, (jobs) => {
        if (jobs.length > 0) dispatch({ type: "ask", jobs, for: "session" })
        // The shell ends as it does elsewhere: its traps run, and it may refuse.
        else if (shellState.phase === "ready") shell.endInput()
        else endSession()
      })
    )

  const editor = useEditor({
    initialText: session.metadata.input,
    past: () => [...shell.history(), ...session.blocks.map((block) => block.command).filter((text) => text !== "")],
    onSubmit: submit,
    onEmptyEof: endInput,
    onInterrupt: (hadText) => {
      if (!hadText && programRuns) shell.write(INTERRUPT)
    },
    onEscapeEmpty: () => act("navigate"),
    onClearScreen: props.repaint
  })
  const { text } = editor.editor.buffer

  // Asked when a key needs it: moving the selection renders the list, not this component.
  const selectedBlock = () => session.blocks.find((block) => block.id === list.selected)

  const act = (action: UiAction): void => {
    switch (action) {
      case "navigate":
        dispatch({ type: "focus", focus: "navigate" })
        if (list.selected === null) list.select(session.blocks.at(-1)?.id ?? null)
        return
      case "edit":
        dispatch({ type: "focus", focus: ui.focus === "navigate" || !programRuns ? "auto" : "edit" })
        list.select(null)
        return
      case "help":
        return dispatch({ type: "help", scroll: 0 })
      case "leave":
        return void leave()
      case "redraw":
        return props.repaint()
      case "sendLeader":
        return shell.write(leader.bytes)
      case "cancel":
        return dispatch({ type: "focus", focus: "auto" })
      case "previousBlock":
        return list.selectBy(-1)
      case "nextBlock":
        return list.selectBy(1)
      case "rowUp":
        return list.scrollBy(-1)
      case "rowDown":
        return list.scrollBy(1)
      case "pageUp":
        return list.pageUp()
      case "pageDown":
        return list.pageDown()
      case "top":
        list.toTop()
        return list.select(session.blocks[0]?.id ?? null)
      case "bottom":
        list.toBottom()
        return list.select(session.blocks.at(-1)?.id ?? null)
      case "toggleFold": {
        const block = selectedBlock()
        if (block !== undefined) run(blocks.setFolded(block.id, !block.metadata.folded))
        return
      }
      case "foldAll":
        return void run(blocks.setAllFolded(true))
      case "unfoldAll":
        return void run(blocks.setAllFolded(false))
      case "copyOutput": {
        const block = selectedBlock()
        if (block !== undefined) dispatch({ type: "message", text: props.copy(outputs.get(block.id)?.text() ?? "") })
        return
      }
      case "copyCommand": {
        const block = selectedBlock()
        if (block !== undefined) dispatch({ type: "message", text: props.copy(block.command) })
        return
      }
    }
  }

  const pressInDialog = (name: string) => {
    if (name === "y" || name === "Y") return ui.leaving?.for === "all" ? props.leave() : void endSession()
    if (name !== "n" && name !== "N" && name !== "escape" && name !== "ctrl+c") return
    dispatch({ type: "ask", jobs: null, for: "session" })
    run(shell.restart)
  }

  const pressInHelp = (name: string, scroll: number) => {
    const step = {
      up: -1,
      k: -1,
      down: 1,
      j: 1,
      pageup: -helpPageRows(size.rows - 1),
      pagedown: helpPageRows(size.rows - 1)
    }[name]
    if (step !== undefined) dispatch({ type: "help", scroll: Math.max(0, scroll + step) })
    else if (["escape", "q", "?", "enter", "ctrl+c"].includes(name)) dispatch({ type: "help", scroll: null })
  }

  const pressAfterLeader = (name: string) => {
    dispatch({ type: "leader", pressed: false })
    const action = name === leader.name ? "sendLeader" : actionFor("leader", name)
    if (action !== null) act(action)
  }

  useKeys((event: InputEvent) => {
    // Nothing may run that cannot be seen.
    if (tooSmall && owner !== "program") return true
    const forEditor = owner === "editor" && leaving === null && ui.help === null && !ui.leader
    if (event.type === "text" && !forEditor) {
      // Each character may give the keyboard to somebody else: the rest meets the screen that the first has made.
      const [first = "", ...rest] = [...event.text]
      if (rest.length > 0) {
        input.emit({ type: "text", text: first })
        input.emit({ type: "text", text: rest.join("") })
        return true
      }
    }
    if (ui.message !== null) dispatch({ type: "message", text: null })
    const names = keyNamesOf(event)
    const [name] = names
    if (leaving !== null) {
      if (name !== undefined) pressInDialog(name)
    } else if (ui.help !== null) {
      if (name !== undefined) pressInHelp(name, ui.help)
    } else if (ui.leader) {
      if (name !== undefined) pressAfterLeader(name)
    } else if (name === leader.name) {
      dispatch({ type: "leader", pressed: true })
    } else if (owner === "navigate" && event.type === "paste") {
      act("edit")
      editor.onKey(event)
    } else if (owner === "navigate") {
      const action = name === undefined ? null : actionFor("navigate", name)
      if (action !== null) act(action)
    } else if (owner === "program") {
      // Came in one read with the key that gave the keyboard back.
      if (event.type === "text") shell.write(Buffer.from(event.text))
      else if (event.type === "key") shell.write(Buffer.from(event.sequence, "latin1"))
    } else if (event.type === "key" || event.type === "text" || event.type === "paste") {
      if (event.type !== "key" && !list.following) list.toBottom()
      if (editor.onKey(event) || name === undefined) return true
      const action = actionFor("editor", name)
      if (action !== null) act(action)
      else if (MISSING_KEYS[name] !== undefined) dispatch({ type: "message", text: MISSING_KEYS[name] })
    }
    return true
  })

  useLayoutEffect(() => {
    gate.program = shell.write
    gate.open = passesThrough(ui, programRuns, leaving !== null)
  }, [gate, shell, ui, programRuns, leaving])

  // The program's wishes hold while it has the keyboard.
  const mirrored = owner === "program" && shellState.running !== null ? outputs.live(shellState.running) : null
  useEffect(() => {
    if (mirrored === null) return
    const tell = () => props.mirror(mirrored.modes)
    tell()
    const stop = outputs.subscribe(tell)
    return () => {
      stop()
      props.mirror(null)
    }
  }, [mirrored, outputs, props.mirror])

  // A command's end brings the keyboard back to the editor, unless the user is reading.
  useEffect(() => {
    if (!programRuns) dispatch({ type: "focus", focus: ui.focus === "edit" ? "auto" : ui.focus })
  }, [programRuns, ui.focus])

  const newest = useRef(editor)
  newest.current = editor
  useEffect(() => {
    const fiber = run(
      shell.typedAhead.pipe(
        Stream.runForEach((text) =>
          Effect.sync(() => {
            newest.current.insertTypeAhead(text)
            dispatch({ type: "message", text: "Typed ahead: nothing of it has run" })
          })
        )
      )
    )
    return () => void run(Fiber.interrupt(fiber))
  }, [run, shell])

  useKeptInput(text)

  const prompt = promptText(
    props.prompt,
    shellState.prompt,
    session.workingDirectory,
    props.home,
    branch,
    theme,
    size.columns
  )
  const promptRows = prompt.split("\n").length
  // A prompt under a running program would read as an invitation. Not at once: most commands end before it is seen.
  const hidden = useLasting(owner === "program", PROMPT_LINGER_MS)
  useLayoutEffect(() => {
    const rows = fullScreen === null ? size.rows - CHROME_ROWS - promptRows : size.rows - 1
    shell.resize({ columns: size.columns, rows: Math.max(1, rows) })
  }, [shell, size.columns, size.rows, promptRows, fullScreen])

  if (tooSmall && shownProgram === null) return <TooSmall {...size} />

  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      {shownProgram === null ? (
        <>
          <Header
            session={session.id.slice(0, SHORT_ID)}
            directory={session.workingDirectory}
            home={props.home}
            branch={branch}
            state={
              shellState.phase === "starting" ? (shellState.slow ? "the shell is slow to start" : "starting") : null
            }
            warning={failure}
            theme={theme}
            width={size.columns}
          />
          <BlockList
            list={list}
            theme={theme}
            welcome={welcomeHints(leader.name)}
            now={Date.now}
            tick={tick}
            program={owner === "program" ? shellState.running : null}
          />
          <CommandInput
            buffer={editor.editor.buffer}
            prompt={hidden ? "\n".repeat(promptRows - 1) : prompt}
            width={size.columns}
            maxRows={maxInputRows(size.rows, promptRows)}
            focused={owner === "editor"}
            unicode={theme.unicode}
          />
        </>
      ) : (
        <FullScreen output={shownProgram} focused={owner === "program"} />
      )}
      <StatusLine
        owner={owner}
        hints={
          leaving !== null ? LEAVE_HINTS : ui.help !== null ? HELP_HINTS : statusHints(owner, ui.leader, leader.name)
        }
        message={ui.message}
        theme={theme}
        width={size.columns}
      />
      {ui.help !== null && (
        <HelpOverlay
          groups={helpGroups(leader.name)}
          hints={HELP_HINTS}
          scroll={ui.help}
          theme={theme}
          columns={size.columns}
          rows={size.rows - 1}
        />
      )}
      {leaving !== null && (
        <LeaveDialog
          jobs={leaving}
          problem={ending?.problem ?? null}
          shellEnded={ending !== null}
          theme={theme}
          {...size}
        />
      )}
    </Box>
  )
}
