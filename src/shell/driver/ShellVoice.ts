import { ownsTerminal } from "../../platform.ts"
import { removesHooks } from "../commandText.ts"
import { SHELL_FILES } from "../integration/ShellIntegration.ts"
import type { Mark } from "../marks.ts"
import { removePrivateFile } from "../privateDirectory.ts"
import type { DriverParts } from "./DriverParts.ts"
import { PROMPT_LOOK_MS, waitsForInput } from "./EndClaim.ts"

/**
 * What the shell says: which of the driver's parts gets what it prints, and what its marks mean where the shell stands.
 * Plain: every byte passes here.
 */
export class ShellVoice {
  #hasSpoken = false
  readonly #pid: number
  readonly #with: DriverParts

  constructor(parts: DriverParts) {
    this.#pid = parts.shell.pty.pid
    this.#with = parts
  }

  /** It has printed something that is no mark. */
  printed(bytes: Buffer): void {
    const { shell, listener, state, watch, start, output, end, prompt } = this.#with
    watch.printed(bytes)
    if (watch.isLost && !end.isMade && !end.isPrinting) {
      listener.output(state.owner, bytes, "stdout")
      return
    }
    if (prompt.printRight(bytes) || end.print(bytes)) return
    if (output.isLeft) {
      output.push(bytes)
      return
    }
    switch (state.phase) {
      case "starting": {
        const printed = shell.integration.lineEditor.withoutLineSign?.(bytes) ?? bytes
        if (printed.length > 0) output.push(printed)
        return
      }
      case "running":
        output.push(bytes)
        return
      case "checking":
      case "sent":
        if (end.isMade) output.push(bytes)
        else start.keepEcho(bytes)
        return
      case "ready":
      case "probing":
        prompt.print(bytes)
        return
      case "dead":
        return
    }
  }

  /** It has printed something on a terminal apart before the command's start or end is marked there. */
  echoed(bytes: Buffer): void {
    const { state, start, watch } = this.#with
    // Two terminals are not in step: what the shell's own has told, an end mark even, may be older or newer than this.
    if (state.isOnItsWay) {
      watch.printed(bytes)
      start.keepApart(bytes)
    } else this.printed(bytes)
  }

  /** One of its hooks, or whoever prints marks, has printed one. */
  marked(mark: Mark): void {
    const { state, watch, start, keys, output, splits, end, prompt } = this.#with
    // zsh marks the end of what its start files have printed before a pooled shell looks for what it is given.
    if (!this.#hasSpoken && mark.kind !== "outputEnd") this.#removeStartFiles()
    if (mark.kind === "editor") {
      if (end.isMade) end.beginPrompt(null)
      else this.lookForLostHooks()
      return
    }
    // The nonce says whose mark it is; anything else was printed by a program, and is dropped.
    const ours = mark.nonce === (state.command?.nonce ?? state.nonce)
    const before = state.command !== null && state.phase !== "running" && mark.nonce === state.nonce
    if (!ours && !before) return
    watch.marked()
    prompt.markRight(mark.kind)
    switch (mark.kind) {
      case "start":
        if (!ours) return
        if (state.isOnItsWay) {
          // What the line editor has written there belongs to the echo.
          splits.drain()
          start.begin(mark.text)
        }
        splits.marked()
        return
      case "asks":
        if (!ours || state.phase !== "sent") return
        start.begin(null)
        // The answer may have the text back in the edit line.
        keys.typed()
        return
      case "stopped":
        if (ours) output.stop()
        return
      case "outputEnd":
        if (ours) splits.drain()
        if (ours && ownsTerminal(this.#pid) !== false) output.leave()
        return
      case "end":
        if (ours) this.#ended(mark)
        else this.#with.typing.doubt()
        return
      case "prompt":
        if (state.phase === "running" && ownsTerminal(this.#pid) === false) return
        prompt.begin()
        end.beginPrompt(mark)
        return
      case "promptEnd":
        this.#promptEnded(ours)
        return
      case "continue":
        if (ours) this.#asksForMore()
        return
      case "check":
        if (ours && state.phase === "checking" && state.command !== null) {
          this.#with.typing.checked(state.command, mark.complete)
        }
        return
      case "line":
        this.#toldLine(mark)
        return
    }
  }

  /** The line editor drew a prompt, yet nothing of ours was printed: ask it, unless a program of the user reads there. */
  lookForLostHooks(): void {
    const { shell, state, timer, watch, output, end } = this.#with
    if (state.phase !== "running" || end.isMade || end.isPrinting) return
    timer.set(PROMPT_LOOK_MS, () => {
      if (state.phase !== "running" || end.isMade) return
      if (watch.isReplaced) watch.lose()
      else if (waitsForInput(this.#pid)) {
        // A mark may have been printed behind the editor's word.
        shell.pty.drain()
        if (state.phase !== "running" || end.isMade || end.isPrinting) return
        watch.isAtEditor = true
        shell.pty.write(shell.integration.probe)
      } else output.passEditor()
    })
  }

  /** Whether a shell that waits for input now has failed to say so. */
  get owesMark(): boolean {
    const { state, watch } = this.#with
    switch (state.phase) {
      case "starting":
        return watch.isAtEditor
      case "checking":
      case "sent":
        return true
      case "running":
        // Anything else may be a builtin that reads or waits.
        return watch.isAtEditor || removesHooks(state.command?.text ?? "")
      default:
        return false
    }
  }

  /** From here on it is a program like any other; a command that is on its way or runs is what has it. */
  lost(directory: string): void {
    const { listener, state, timer, start, keys, output, finish } = this.#with
    timer.stop()
    finish.withdraw()
    const unread = start.echo
    if (state.isOnItsWay) start.begin(null)
    output.passEditor()
    output.flush()
    listener.bare(state.owner, directory)
    if (unread.length > 0) this.printed(unread)
    // What was typed while a prompt was made is its own now.
    if (state.hasKeyboard) keys.start(false)
  }

  /** The first mark: the start files have been read. */
  #removeStartFiles(): void {
    const { files, startFiles } = this.#with.shell
    this.#hasSpoken = true
    for (const name of [...startFiles, SHELL_FILES.go, SHELL_FILES.prepare]) removePrivateFile(files, name)
  }

  #ended(mark: Extract<Mark, { kind: "end" }>): void {
    const { state, typing, start, keys, output, splits, end } = this.#with
    // Where nothing was run, what the shell said instead is no notice.
    splits.drain()
    if (start.isUnmarked) start.begin(null)
    output.claimEnd()
    state.notes = mark.notes
    if (mark.notes.leavesText) keys.typed()
    typing.mend = mark.raw
    end.makeByMark(mark)
    if (mark.between !== "") this.printed(Buffer.from(mark.between))
    splits.marked()
  }

  #promptEnded(ours: boolean): void {
    const { state, typing, splits, end, finish, prompt } = this.#with
    const printed = end.endPrompt()
    if (printed === null) return
    this.#printedInPrompt(printed.text)
    if (!ours) {
      typing.askDoubted()
      return
    }
    end.sawPromptEnd()
    if (!end.isMade) {
      if (state.phase === "running" || state.phase === "starting") {
        // The hooks are gone; the prompt is all that is left to tell the end, and `echo "${PS1@P}"` prints it, too.
        end.text = printed.text
        finish.claimWithoutHooks(printed.claim, PROMPT_LOOK_MS)
        return
      }
      if (state.phase === "ready") prompt.redraw(printed.text)
      // Drawn again; or bash reads another line without having run its hooks: there was no such history event.
      if (state.phase !== "sent") return
      end.make(printed.claim, null)
    }
    if (ownsTerminal(this.#pid) === false) return
    end.text = printed.text
    // Two terminals are not in step. The claim holds by and by, should the mark not come there at all.
    splits.drain()
    if (!splits.isBehind) finish.prompted()
  }

  /** A prompt that is drawn anew around our questions is known: whole lines in it may be those of a background job. */
  #printedInPrompt(text: Buffer): void {
    const { state, start, prompt } = this.#with
    const lines = text.subarray(0, text.lastIndexOf("\n") + 1)
    if (lines.length === 0 || !state.printsLate) return
    if (state.phase === "probing") prompt.print(lines)
    else if (state.phase === "checking") start.keepEcho(lines)
  }

  /** The text was unfinished after all: give up the line. Its Ctrl+C ends in an ordinary prompt. */
  #asksForMore(): void {
    const { shell, state } = this.#with
    const { command } = state
    if (command === null || ownsTerminal(this.#pid) === false) return
    if (state.phase === "sent") {
      command.unfinished = true
      // What was read from a file is given up already.
      if (!command.plain && shell.integration.startsUnmarked === true) return
    } else if (state.phase !== "running" || !command.text.includes("\n")) return
    shell.pty.write((state.notes.noEditor ? shell.integration.giveUp : undefined) ?? "\x03")
  }

  #toldLine(mark: Extract<Mark, { kind: "line" }>): void {
    const { shell, state, typing, output, finish, editLine } = this.#with
    const { unquote } = shell.integration
    if (state.phase === "probing") {
      editLine.answered(unquote(mark.line))
      return
    }
    const { command } = state
    if (command === null) return
    if (state.phase !== "running") typing.answered(command, mark)
    // The shell edits a line: the prompt's, or the one of `read -e`.
    else if (mark.nonce !== command.nonce || /(^|\W)(read|vared)\s/.test(unquote(mark.running))) output.passEditor()
    else finish.claimWithoutHooks(mark, 0)
  }
}
