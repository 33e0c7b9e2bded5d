import { readdirSync } from "node:fs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { useEffect, useLayoutEffect, useMemo, useRef } from "react"
import { hasIncognitoWord, incognitoText } from "../../domain/incognito.ts"
import { referredBlock } from "../../domain/referredBlock.ts"
import { cutNotice, hiddenBytesOf } from "../../services/BlockFiles.ts"
import { type CommandError, CommandExecutor, type CommandRequest } from "../../services/CommandExecutor.ts"
import { SessionShell } from "../../services/SessionShell.ts"
import { SessionStore } from "../../services/SessionStore.ts"
import type { BlockWord } from "../../shell/blockWords.ts"
import { typedText } from "../../shell/terminalText.ts"
import { DEFAULT_INPUT_MODES } from "../../terminal/inputModes.ts"
import { MouseReports } from "../../terminal/MouseReports.ts"
import { useRun, useService } from "../contexts/EffectProvider.tsx"
import { GAP_NOTICE, gapAt } from "../editor/redactedGap.ts"
import { type EditorHandle, type UseEditorOptions, useEditor } from "../editor/useEditor.ts"
import { takenBy, useSuggestion } from "../history/useSuggestion.ts"
import type { KeyboardGate } from "../KeyboardGate.ts"
import { mistypedText, mistypedWord } from "../mistypedWord.ts"
import { pastCommands, storedCommands } from "../pastCommands.ts"
import { readTyped, type SlashCall } from "../slashCommands.ts"
import { useAsyncCommand } from "./useAsyncCommand.ts"
import { useBlockWords } from "./useBlockWords.ts"
import { useKeptInput } from "./useKeptInput.ts"
import { useOutputs, useSession, useShellState } from "./useSession.ts"

export interface UseCommandLineOptions extends Omit<UseEditorOptions, "initialText" | "past" | "onSubmit"> {
  readonly gate: Pick<KeyboardGate, "open" | "push" | "program">
  /** A command was taken from the editor. */
  readonly onEntered: () => void
  /** A word for EffectTalk itself was entered. */
  readonly onWord: (call: SlashCall) => void
  /** Says something on the status line. */
  readonly say: (text: string) => void
  /** Whether the history suggests how a line goes on. */
  readonly suggests: boolean
}

/** The editor, and what becomes of the commands that are written in it. */
export interface CommandLine extends EditorHandle {
  /** The words of the editor's text that stand for blocks. */
  readonly blockWords: ReadonlyArray<BlockWord>
  /** Runs the editor's text in a shell of its own. */
  readonly runBeside: () => void
  /** Runs a text as Enter would, past the editor: what stands there stays, also when the text does not run. */
  readonly enter: (text: string) => void
  /** How the history suggests that the line goes on; empty for not at all. */
  readonly suggestion: string
}

/** The commands that a session had when it was opened, by its shell: it may have come to the screen more than once since. */
const stored = new WeakMap<typeof SessionShell.Service, ReadonlySet<string>>()

/** The command lines that are on the screen, by the shell that they are for: a session's is another one each time. */
const shown = new WeakMap<typeof SessionShell.Service, { readonly current: EditorHandle | null }>()

/** What lies in `/`, by name: nothing is asked of what is mounted there, which may be a server that does not answer. */
const rootNames = (): ReadonlyArray<string> => {
  try {
    return readdirSync("/")
  } catch {
    return []
  }
}

/** The command line: an editor whose commands run in the session's shell, wait for it, or run beside it. */
export const useCommandLine = (options: UseCommandLineOptions): CommandLine => {
  const { gate, onEntered, say } = options
  const shell = useService(SessionShell)
  // Until a render has seen the command that Enter begins: the mouse is ours still, and no report of it is typed.
  const typeAhead = useMemo(() => {
    const reports = new MouseReports()
    return (bytes: Uint8Array) => {
      const typed = reports.translate(
        bytes,
        DEFAULT_INPUT_MODES,
        () => null,
        () => {}
      )
      if (typed.length > 0) shell.write(typed)
    }
  }, [shell])
  const executor = useService(CommandExecutor)
  const store = useService(SessionStore)
  const session = useSession()
  const shellState = useShellState()
  const outputs = useOutputs()
  const run = useRun()

  if (!stored.has(shell)) stored.set(shell, storedCommands(session.blocks))

  /** The command that the gate was opened for last. */
  const opened = useRef<CommandRequest | null>(null)
  /** Commands that did not come from the editor. */
  const past = useRef(new WeakSet<CommandRequest>())
  const newest = useRef<EditorHandle | null>(null)
  useLayoutEffect(() => {
    shown.set(shell, newest)
    return () => {
      if (shown.get(shell) === newest) shown.delete(shell)
    }
  }, [shell])

  /** What did not run, and the screen it was entered on is gone: it goes before what has been written since. */
  const keep = ({ reason, typed }: CommandError, { command, incognito }: CommandRequest) => {
    const written = incognito === true ? incognitoText(command) : command
    // What was cancelled has a block.
    const text = (reason === "Cancelled" ? "" : `${written}\n`) + typedText(Buffer.from(typed).toString())
    if (text === "") return
    const line = shown.get(shell)?.current
    if (line != null) return line.insertTypeAhead(text)
    run(
      Effect.gen(function* () {
        const { input } = (yield* store.get).metadata
        yield* store.dispatch({ _tag: "InputKept", at: yield* Clock.currentTimeMillis, input: text + input })
      })
    )
  }

  const refused = (error: CommandError, request: CommandRequest) => {
    if (shown.get(shell) !== newest) return keep(error, request)
    // Who else has the keyboard by now keeps it.
    if (opened.current === request && gate.program === typeAhead) gate.open = false
    if (past.current.has(request)) say(error.message)
    else if (error.reason === "Incomplete") editor.continueLine()
    else if (error.reason !== "Cancelled") {
      editor.takeBack()
      say(error.reason === "ChangesShell" ? `${error.message}: Enter runs it there` : error.message)
    }
    // What was typed behind Enter goes on where the text does.
    if (error.typed.length > 0) gate.push(error.typed)
  }
  const { executeCommand } = useAsyncCommand(refused)

  /** Into a shell that cannot be driven, as if it were typed there. */
  const typeAsIs = (text: string) => {
    const { running } = shellState
    const lines = text.replaceAll("\n", "\r")
    const pastes = running !== null && outputs.live(running)?.modes.bracketedPaste === true
    shell.write(Buffer.from(pastes && lines.includes("\r") ? `\x1b[200~${lines}\x1b[201~\r` : `${lines}\r`))
  }

  /** Says of a command that runs now which of its words stand for less than was printed. */
  const sayCut = (command: string) => {
    const cut = shell.blockWords(command).flatMap(({ name }) => {
      const block = referredBlock(session.blocks, name)
      const hiddenBytes = block === null ? 0 : hiddenBytesOf(outputs, block)
      return hiddenBytes > 0 ? [cutNotice({ word: `@${name}`, hiddenBytes })] : []
    })
    if (cut.length > 0) say([...new Set(cut)].join("; "))
  }

  /** The text that was not run because its first word looked mistyped: what is entered next, if it is the same, is meant. */
  const doubted = useRef<string | null>(null)

  const enter = (entered: string, beside: boolean, fromEditor = true) => {
    // Lines that were begun and left empty; behind a backslash one belongs to the text.
    const text = entered.replace(/(?<!\\)\n+$/, "")
    const isMeant = doubted.current === text
    doubted.current = null
    const lacksSecret = gapAt(text) !== null
    if (!beside && shellState.phase === "bare" && !lacksSecret) {
      if (hasIncognitoWord(text)) {
        if (fromEditor) editor.takeBack()
        return say("/incognito: this shell has no integration, so nothing can keep a command out of its history")
      }
      onEntered()
      return typeAsIs(text)
    }
    const typed = readTyped(text)
    if ("problem" in typed) {
      if (fromEditor) editor.takeBack()
      return say(typed.problem)
    }
    if ("word" in typed) return options.onWord(typed)
    const mistyped = fromEditor && !isMeant ? mistypedWord(text, rootNames) : null
    if (mistyped !== null) {
      doubted.current = text
      editor.takeBack()
      return say(mistypedText(mistyped))
    }
    if (lacksSecret) {
      if (fromEditor) editor.takeBack()
      else editor.replaceText(text)
      editor.goToGap()
      return say(GAP_NOTICE)
    }
    const { command, timeLimit, split, incognito } = typed
    const first = shell.blockWords(command)[0]
    if (first?.start === command.search(/\S/) && referredBlock(session.blocks, first.name) !== null) {
      if (fromEditor) editor.takeBack()
      return say(`@${first.name} is a file, and no command: cat @${first.name} prints it`)
    }
    onEntered()
    const request = {
      command,
      ...(beside && { beside }),
      ...(timeLimit !== null && { timeLimit }),
      ...(split && { split }),
      ...(incognito && { incognito })
    }
    if (!fromEditor) past.current.add(request)
    // What waits is given what the words stand for when it starts.
    const waits = !beside && executor.willQueue()
    if (!waits) sayCut(command)
    if (!beside && !waits) {
      // At once, not with the next render: what is typed behind Enter is the command's. The shell holds it until then.
      gate.program = typeAhead
      gate.open = true
      opened.current = request
    }
    void executeCommand(request)
  }

  const editor = useEditor({
    ...options,
    initialText: session.metadata.input,
    past: () => pastCommands(shell.history(), session.blocks, stored.get(shell) ?? new Set()),
    onSubmit: (text) => enter(text, false)
  })
  /** What was typed ahead has just come, and the text with it in it as long as nobody has touched it. */
  const arrived = useRef(false)
  const untouched = useRef<string | null>(null)
  /** The text that is kept meanwhile. */
  const own = useRef(session.metadata.input)
  const { text } = editor.editor.buffer
  if (arrived.current) untouched.current = text
  arrived.current = false
  if (untouched.current !== text) {
    untouched.current = null
    own.current = text
  }
  // A program may have had the echo off, for a password that it has not read: such a text is the user's once it is edited.
  useKeptInput(own.current)
  const words = useBlockWords(editor.editor.buffer.text)
  const suggestion = useSuggestion(editor.editor, session.workingDirectory, options.suggests)

  /** What stands in the editor was written, or begun, while a command ran. */
  const meanwhile = useRef(false)
  const onKey: EditorHandle["onKey"] = (key) => {
    const taken =
      key.type !== "key" || suggestion === null || editor.editor.pending !== null ? null : takenBy(key.name, suggestion)
    const known = editor.onKey(taken === null ? key : { type: "paste", text: taken })
    if (executor.willQueue()) meanwhile.current = true
    return known
  }
  if (editor.editor.buffer.text === "") meanwhile.current = false

  const takeTypeAhead = (text: string) => {
    if (meanwhile.current) {
      // Two texts of two moments: together they would be a command that nobody has written.
      editor.keepForYank(text)
      return say("Typed ahead, and not run: Ctrl+Y inserts it")
    }
    if (text.trim() === "") return
    arrived.current = true
    // Its last Enter stays: what is typed right behind is another line, as it was meant, and no part of this one.
    editor.insertTypeAhead(text.replace(/[\r\n]+$/, "\n"))
    say("Typed ahead: nothing of it has run")
  }

  newest.current = editor
  const hearer = useRef(takeTypeAhead)
  hearer.current = takeTypeAhead
  useEffect(() => {
    const fiber = run(shell.typedAhead.pipe(Stream.runForEach((text) => Effect.sync(() => hearer.current(text)))))
    return () => void run(Fiber.interrupt(fiber))
  }, [run, shell])

  const runBeside = () => {
    const text = editor.take()
    if (text === null) return say("Write a command first: this runs it beside, in a shell of its own")
    say("Runs beside; Esc, then a on its block, gives it the keyboard")
    enter(text, true)
  }
  return {
    ...editor,
    onKey,
    blockWords: words,
    suggestion: suggestion ?? "",
    runBeside,
    enter: (text) => enter(text, false, false)
  }
}
