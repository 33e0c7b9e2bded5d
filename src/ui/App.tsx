import { Box } from "ink"
import { useReducer, useRef, useSyncExternalStore } from "react"
import type { Environment } from "../config.ts"
import { type BlockHeader, isFinished } from "../domain/Block.ts"
import { MIN_COLUMNS, MIN_ROWS } from "../domain/limits.ts"
import { ConfigService } from "../services/ConfigService.ts"
import { branchLabel } from "../services/gitBranch.ts"
import { OpenSessions, type Reading } from "../services/OpenSessions.ts"
import { SessionShell } from "../services/SessionShell.ts"
import { isInsideScreen } from "../terminal/gnuScreen.ts"
import type { LendEnd, LentProgram } from "../terminal/TerminalLender.ts"
import type { FoldLines } from "./blocks/foldPreview.ts"
import type { ClipboardDesk } from "./ClipboardDesk.ts"
import { BlockList } from "./components/BlockList.tsx"
import { CommandInput } from "./components/CommandInput.tsx"
import { FullScreen } from "./components/FullScreen.tsx"
import { Header } from "./components/Header.tsx"
import { HelpOverlay, helpPageOn } from "./components/HelpOverlay.tsx"
import { LeaveDialog } from "./components/LeaveDialog.tsx"
import { Sidebar } from "./components/Sidebar.tsx"
import { StatusLine } from "./components/StatusLine.tsx"
import { TooSmall } from "./components/TooSmall.tsx"
import { useService, useSubscriptionRef } from "./contexts/EffectProvider.tsx"
import { useKeyInput } from "./contexts/KeyInput.tsx"
import { useTerminalSize } from "./contexts/TerminalSize.ts"
import { environmentOf } from "./environmentOf.ts"
import { headerState } from "./headerState.ts"
import { HELP_HINTS, helpGroups, welcomeHints } from "./hints.ts"
import { INTERRUPT, useBlockActions } from "./hooks/useBlockActions.ts"
import { useBlockList } from "./hooks/useBlockList.ts"
import { useCommandLine } from "./hooks/useCommandLine.ts"
import { useCopyQuestion } from "./hooks/useCopyQuestion.ts"
import { useGitBranch } from "./hooks/useGitBranch.ts"
import { useKeyboardReturn } from "./hooks/useKeyboardReturn.ts"
import { useLasting } from "./hooks/useLasting.ts"
import { useLeaving } from "./hooks/useLeaving.ts"
import { type InputPlace, type SessionAt, useMouse } from "./hooks/useMouse.ts"
import { usePlainShell } from "./hooks/usePlainShell.ts"
import { type UseProgramOptions, useProgram } from "./hooks/useProgram.ts"
import { useProgramCell } from "./hooks/useProgramCell.ts"
import { useProgramTitle } from "./hooks/useProgramTitle.ts"
import { useScreenEvents } from "./hooks/useScreenEvents.ts"
import { useSeconds } from "./hooks/useSeconds.ts"
import { useSession, useShellState } from "./hooks/useSession.ts"
import { useSidebar } from "./hooks/useSidebar.ts"
import { useSidebarKeys } from "./hooks/useSidebarKeys.ts"
import { maxInputRows } from "./inputRows.ts"
import type { KeyboardGate } from "./KeyboardGate.ts"
import { useLayers } from "./layers/useLayers.ts"
import type { MouseSwitch } from "./MouseSwitch.ts"
import { promptText } from "./promptText.ts"
import { isForReaders, refusingCommandLine } from "./readOnly/readOnlyActions.ts"
import { readOnlyInput } from "./readOnly/readOnlyInput.ts"
import { refusedLine } from "./readOnly/readOnlyText.ts"
import { useReadOnly } from "./readOnly/useReadOnly.ts"
import { screenActions } from "./screenActions.ts"
import { shownHints } from "./shownHints.ts"
import { focusSidebar } from "./sidebar/sidebarState.ts"
import { opensByItself, sidebarWidth } from "./sidebar/sidebarWidth.ts"
import type { Theme } from "./theme.ts"
import { initialUiState, keyboardOwner, passesThrough, reduceUi } from "./uiState.ts"

/** What is saved, as the screen shows it. */
export interface SavingSource {
  /** `not saved: <why>`, null while saving works. */
  readonly failure: () => string | null
  /** A command's start or end waits unusually long for the disk. */
  readonly late: () => boolean
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
  readonly sidebar: "auto" | "open" | "closed"
  /** What the user last said of the sidebar, in whichever session; null leaves it to `sidebar`. */
  readonly sidebarOpen: boolean | null
  readonly setSidebarOpen: (open: boolean) => void
  readonly saving: SavingSource
  /** Set for a session that is only read here. */
  readonly reading: Reading | null
  /** Shown once at the start: what the configuration or recovery had to say. */
  readonly greeting: string | null
  /** Puts text on the user's clipboard; `done` gets the message for the status line. */
  readonly copy: (text: string, done: (message: string) => void) => void
  /** See `UseProgramOptions`. */
  readonly mirror: UseProgramOptions["mirror"]
  /** Whether the mouse is ours. */
  readonly mouse: Pick<MouseSwitch, "on" | "toggle">
  readonly fold: FoldLines
  /** What programs want on the user's clipboard. */
  readonly clipboard: ClipboardDesk
  /** Gives the user's terminal to a program until its end. */
  readonly lend: (program: LentProgram) => Promise<LendEnd>
  /** The environment EffectTalk was started with. */
  readonly environment: Environment
  readonly repaint: () => void
  readonly leave: () => void
}

const HEADER_ROWS = 1
/** The header of a program's block: it stands above what the program prints, however much that is. */
const BLOCK_HEADER_ROWS = 1
/** Rows of the header and of the status line. */
const CHROME_ROWS = HEADER_ROWS + 1
/** Characters of the session's id in the header. */
const SHORT_ID = 8
/** A command that runs this long hides the prompt, in milliseconds. */
const PROMPT_LINGER_MS = 100

/** The word for navigating in a session that is only read. */
const READ_ONLY_BADGE = "READ-ONLY"

const isUnfinished = ({ status }: BlockHeader): boolean => !isFinished(status)

/** The whole screen. */
export const App = (props: AppProps) => {
  const { theme, leader, gate } = props
  const size = useTerminalSize()
  const session = useSession()
  const shellState = useShellState()
  const shell = useService(SessionShell)
  const openSessions = useService(OpenSessions)
  const { suggest } = useService(ConfigService)
  const input = useKeyInput()
  const [ui, dispatch] = useReducer(reduceUi, { ...initialUiState, message: props.greeting })
  const say = (text: string | null) => dispatch({ type: "message", text })
  const list = useBlockList(theme, props.home, props.fold)
  const readOnly = useReadOnly(props.reading)
  const sayReadOnly = () => readOnly !== null && say(refusedLine(readOnly))
  const failure = useSyncExternalStore(props.saving.subscribe, props.saving.failure, props.saving.failure)
  const late = useSyncExternalStore(props.saving.subscribe, props.saving.late, props.saving.late)

  const isBare = shellState.phase === "bare"
  // A start file that takes its time may be asking something: keys go to it.
  const programRuns = shellState.phase === "running" || isBare || (shellState.phase === "starting" && shellState.slow)
  const tooSmall = size.columns < MIN_COLUMNS || size.rows < MIN_ROWS
  const leaving = useLeaving({ ui, shellState, dispatch, failure, leave: props.leave })

  const sidebarOpen =
    props.sidebarOpen ?? (props.sidebar === "auto" ? opensByItself(size.columns) : props.sidebar === "open")
  const sidebarCells = sidebarWidth(size.columns, (sidebarOpen || ui.sidebar.focused) && !tooSmall)
  const columns = size.columns - sidebarCells

  const branch = useGitBranch(session.workingDirectory, session.blocks.at(-1)?.status)
  const branchName = branch === null ? null : branchLabel(branch)
  const prompt = promptText(
    props.prompt,
    shellState.prompt,
    session.workingDirectory,
    props.home,
    branchName,
    theme,
    columns > 0 ? columns : size.columns
  )
  const promptRows = prompt.split("\n").length

  const anythingRuns = session.blocks.some((block) => block.status === "running")
  const { open } = useSubscriptionRef(openSessions.state)
  const othersRun = sidebarCells > 0 && open.some(({ file }) => file.session.blocks.some(isUnfinished))
  const tick = useSeconds(anythingRuns || othersRun)
  const sidebar = useSidebar({
    shown: sidebarCells > 0,
    ready: shellState.phase === "ready",
    branch,
    home: props.home,
    tick
  })

  const editor = useCommandLine({
    gate,
    onEntered: () => list.toBottom(),
    onWord: (call) => void (layers.word(call) || (call.word === "help" && act("help"))),
    say,
    // Where dim text looks like any other, a suggestion would look written.
    suggests: suggest && theme.quiet("x") !== "x",
    onEmptyEof: leaving.endInput,
    onInterrupt: (hadText) => {
      if (!hadText && programRuns) shell.write(INTERRUPT)
    },
    onEscapeEmpty: () => act("navigate"),
    onClearScreen: () => act("clearView")
  })

  const copy = (text: string, wording: (done: string) => string = (done) => done) =>
    props.copy(text, (message) => say(wording(message)))
  const layers = useLayers({
    list,
    theme,
    home: props.home,
    leader: leader.name,
    navigating: ui.focus === "navigate",
    say,
    dispatch,
    copy,
    lend: props.lend,
    environment: () => environmentOf(props.environment, session),
    editor: readOnly === null ? editor : refusingCommandLine(editor, sayReadOnly),
    act: (action) => act(action),
    readOnly
  })
  const { layer } = layers
  const owner = keyboardOwner(ui, programRuns, layer !== null, readOnly !== null)

  const program = useProgram({
    gate,
    running: shellState.running,
    attached: ui.attached,
    passes: passesThrough(ui, programRuns, leaving.asked !== null || layer !== null),
    owns: owner === "program",
    // A sidebar that has the whole screen for a moment leaves the programs their size.
    room: {
      columns: columns > 0 ? columns : size.columns,
      rows: size.rows - CHROME_ROWS - BLOCK_HEADER_ROWS - promptRows
    },
    screen: { columns: size.columns, rows: size.rows - 1 },
    locate: useProgramCell(list, HEADER_ROWS),
    mirror: props.mirror,
    onMouse: props.mouse.on ? (event) => void input.emit(event) : null
  })
  const title = useProgramTitle(program.block)
  const copying = useCopyQuestion({
    desk: props.clipboard,
    leader: leader.name,
    pressed: ui.leader,
    width: size.columns,
    say
  })
  // Editor and navigation need their own screen; the program keeps its size meanwhile.
  const shownProgram = owner === "program" ? program.fullScreen : null

  const openPlainShell = usePlainShell({ editor, gate, dispatch, say })
  const { act: actOnBlocks, toggleFold: foldOne } = useBlockActions({ list, dispatch, say, copy })

  const act = screenActions({
    owner,
    programRuns,
    leader,
    list,
    editor,
    program,
    sidebar,
    sidebarOpen,
    setSidebarOpen: props.setSidebarOpen,
    mouse: props.mouse,
    insideScreen: isInsideScreen(props.environment),
    leave: leaving.leave,
    repaint: props.repaint,
    openPlainShell,
    dispatch,
    say,
    refuses: (action) => (readOnly === null || isForReaders(action) ? null : refusedLine(readOnly)),
    others: [copying.act, layers.act, actOnBlocks]
  })

  const pressInSidebar = useSidebarKeys({ state: ui.sidebar, model: sidebar, dispatch, say })

  const inputPlace = useRef<InputPlace | null>(null)
  const sessionAt = useRef<SessionAt | null>(null)
  const pointOnScreen = useMouse({
    list,
    firstRow: HEADER_ROWS,
    columns,
    endRow: size.rows - 1,
    input: inputPlace,
    sidebar: sessionAt,
    navigating: owner === "navigate",
    act,
    navigate: () => act("navigate"),
    fold: (id) => foldOne(id),
    editAt: (offset) => {
      if (owner === "program") return
      if (owner === "navigate") act("edit")
      editor.moveTo(offset)
    },
    pickSession: (id) => {
      const isPicked = ui.sidebar.focused && ui.sidebar.selected === id
      if (isPicked) pressInSidebar({ type: "key", name: "enter", sequence: "\r" })
      else dispatch({ type: "sidebar", state: { ...focusSidebar(sidebar), selected: id } })
    }
  })

  const helpKeys = () =>
    helpGroups(leader.name, readOnly !== null ? "reader" : owner === "navigate" ? "navigate" : "anywhere")
  const helpPlace = { columns: size.columns, rows: size.rows - 1 }
  useScreenEvents({
    ui,
    owner,
    layer,
    leaving,
    leader: leader.name,
    readOnly: readOnly !== null,
    rows: size.rows,
    helpRow: (row) => helpPageOn({ ...helpPlace, theme }, helpKeys(), row).scroll,
    tooSmall,
    fullScreen: shownProgram !== null,
    list,
    editor,
    program,
    dispatch,
    say,
    act,
    pressInSidebar,
    point: pointOnScreen
  })

  const selectedStatus = useSyncExternalStore(list.subscribe, () => list.selectedBlock?.status ?? null)
  const marked = useSyncExternalStore(list.subscribe, () => list.marked)
  useKeyboardReturn({ ui, blocks: session.blocks, programRuns, isWriting: editor.editor.buffer.text !== "", dispatch })

  // A prompt under a running program would read as an invitation. Not at once: most commands end before it is seen.
  const hidden = useLasting(owner === "program", PROMPT_LINGER_MS)

  if (tooSmall && shownProgram === null) return <TooSmall {...size} />

  const hints = shownHints({
    ui,
    isLeaving: leaving.asked !== null,
    layer: layer?.hints ?? null,
    answers: copying.hints,
    owner,
    leader: leader.name,
    enter: isBare ? "types" : programRuns ? "queues" : "runs",
    selected: selectedStatus,
    marked,
    readOnly: readOnly === null ? null : { isOwned: readOnly.owner !== null }
  })

  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      {shownProgram === null ? (
        <>
          <Header
            session={session.metadata.name ?? session.id.slice(0, SHORT_ID)}
            directory={session.workingDirectory}
            home={props.home}
            branch={branchName}
            state={headerState(shellState, readOnly !== null, late)}
            title={title}
            warning={failure}
            theme={theme}
            width={size.columns}
          />
          <Box flexDirection="row" flexGrow={1} flexShrink={1}>
            {columns > 0 && (
              <Box flexDirection="column" width={columns}>
                <BlockList
                  list={list}
                  theme={theme}
                  welcome={welcomeHints(leader.name)}
                  now={Date.now}
                  tick={tick}
                  program={owner === "program" ? program.block : null}
                  cursor={layer?.cursor}
                />
                <CommandInput
                  {...(layer?.line ??
                    (readOnly !== null
                      ? readOnlyInput(readOnly, theme, columns)
                      : {
                          buffer: editor.editor.buffer,
                          underlined: editor.blockWords,
                          prompt: hidden ? "\n".repeat(promptRows - 1) : prompt,
                          rightPrompt: hidden || props.prompt === "own" ? "" : shellState.rightPrompt,
                          suggestion: owner === "editor" ? editor.suggestion : ""
                        }))}
                  width={columns}
                  maxRows={maxInputRows(size.rows, promptRows)}
                  focused={owner === "editor" || (owner === "layer" && layer?.cursor === undefined)}
                  unicode={theme.unicode}
                  place={inputPlace}
                />
              </Box>
            )}
            {sidebarCells > 0 && (
              <Sidebar
                model={sidebar}
                state={ui.sidebar}
                theme={theme}
                width={sidebarCells}
                now={Date.now}
                tick={tick}
                sessionAt={sessionAt}
              />
            )}
          </Box>
        </>
      ) : (
        <FullScreen output={shownProgram} focused={owner === "program"} />
      )}
      <StatusLine
        owner={owner}
        badge={layer?.badge ?? (readOnly !== null && owner === "navigate" ? READ_ONLY_BADGE : undefined)}
        hints={hints}
        message={copying.question ?? ui.message ?? layer?.message ?? copying.notice}
        title={shownProgram === null ? "" : title}
        theme={theme}
        width={size.columns}
      />
      {layer?.overlay}
      {ui.help !== null && (
        <HelpOverlay groups={helpKeys()} hints={HELP_HINTS} scroll={ui.help} theme={theme} {...helpPlace} />
      )}
      {leaving.asked !== null && (
        <LeaveDialog
          jobs={leaving.asked}
          problem={shellState.ending?.problem ?? null}
          failure={failure}
          shellEnded={shellState.ending !== null}
          all={ui.leaving?.for === "all" || open.length === 1}
          theme={theme}
          {...size}
        />
      )}
    </Box>
  )
}
