import type { CommandSource } from "../CommandSource.ts"

/** What a shell's start needs to know. */
export interface InitOptions {
  /** Absolute path of the shell's private directory: 0700, on a memory file system where there is one. */
  readonly directory: string
  /** Nonce of the first prompt. */
  readonly nonce: number
  /** Exported variables to set and to remove after the user's start files: a resumed session's own. */
  readonly changes: EnvironmentChange
  /** See `ShellOptions.pooled`. */
  readonly pooled: boolean
  /** The environment that the shell is started with. */
  readonly environment: Readonly<Record<string, string>>
}

/** What goes with a text into the edit line. */
export interface LoadFlags {
  /** The terminal's modes are repaired before it runs. */
  readonly mend: boolean
  /** It has words that stand for files: `SHELL_FILES.references` tells of them. */
  readonly refers: boolean
}

/** How a command with words that stand for files gets in, so that the shell's own history keeps what was typed. */
export interface ReferenceEntry {
  /** The text for the edit line. */
  readonly line: (text: CommandSource) => string
  /** Content of `SHELL_FILES.references`; no file is written without it. */
  readonly file?: (text: CommandSource) => string
}

/** What a shell is started with. */
export interface ShellStart {
  /** Texts of the start files, by their names in the private directory; they are removed at the first mark. */
  readonly files: Readonly<Record<string, string>>
  readonly arguments: ReadonlyArray<string>
  /** Variables beside those of the commands: the start files take them out again. */
  readonly environment: Readonly<Record<string, string>>
}

/** A whole difference between two environments. */
export interface EnvironmentChange {
  readonly set: Readonly<Record<string, string>>
  readonly unset: ReadonlyArray<string>
}

/** What the prompt hook noticed about the shell. */
export interface ShellNotes {
  /** The line editor is switched off (`set +o emacs`). */
  readonly noEditor: boolean
  /** A failing command ends the shell (`set -e`). */
  readonly errorsExit: boolean
  /** Prompts are not expanded (`shopt -u promptvars`), so that no start mark and no prompt marks come. */
  readonly noPromptMarks: boolean
  /** The command has put a text into the next edit line (zsh's `print -z`, fish's `commandline`). */
  readonly leavesText: boolean
}

/** What a shell writes into its private directory at every prompt. */
export interface ShellStatus {
  /** Leaders of the job table's process groups. */
  readonly jobs: ReadonlyArray<number>
  /** Exported variables. */
  readonly environment: ReadonlyMap<string, string>
}

/** Words that mean something of a shell's own. */
export interface ShellNames {
  readonly functions: ReadonlySet<string>
  /** What each alias stands for, by name. */
  readonly aliases: ReadonlyMap<string, string>
}

/** What a shell's line editor writes around prompts and edit lines: nothing of it is output of a command. */
export interface LineEditor {
  /** The start mark comes before the terminal has the modes of commands: keys that are typed at once would miss them. */
  readonly startsRaw?: boolean
  /** A text that it refuses to run stays in the edit line. */
  readonly keepsRefused?: boolean
  /** It draws parts of an edit line between moves of the cursor: nothing tells them from a line that a job prints meanwhile. */
  readonly drawsInParts?: boolean
  /** Written when it takes the terminal. At the end of a chunk it may come from a prompt that prints no mark. */
  readonly entered: Buffer
  /** Whether the bytes tell that it takes the terminal, where `entered` does not end what it writes then. */
  readonly enters?: (bytes: Buffer) => boolean
  /**
   * What the shell itself printed between accepting the edit line and running it, or instead of running it: the result of
   * history expansion, a syntax error. Lines are divided by LF.
   *
   * @param plain there was no line editor: the terminal echoed one line
   */
  readonly afterAccept: (echo: Buffer, plain: boolean) => string
  /** Everything after the edit line was accepted, or null while it is not. */
  readonly outputAfterAccept: (echo: Buffer) => Buffer | null
  /** What hooks of the user printed between the edit line's acceptance and the start mark. Without it: nothing. */
  readonly beforeStart?: (echo: Buffer) => Buffer
  /**
   * What a command printed of the first bytes after its start mark, where the line editor goes on to write then; null while
   * more of its own may follow. Without it all of them are the command's.
   */
  readonly opening?: (bytes: Buffer) => Buffer | null
  /** The end of a chunk that only the next one gives a meaning, where what is printed at a prompt may be cut anywhere. */
  readonly unfinished?: RegExp
  /** Whether the bytes only redraw an edit line, or the last line of `prompt`. */
  readonly isNoise: (bytes: Buffer, prompt: Uint8Array) => boolean
  /**
   * Divides what is printed at a prompt, by jobs or of them, from the same prompt drawn anew behind it: null when none is, or
   * when a mark divides it from the editor's own.
   *
   * @param atLineStart what was printed before has ended its line
   */
  readonly redrawn?: (
    bytes: Buffer,
    atLineStart: boolean
  ) => { readonly before: Buffer; readonly prompt: Buffer | null }
  /** What start files printed, without what the shell says of its last line before any hook of ours can speak. */
  readonly withoutLineSign?: (bytes: Buffer) => Buffer
  /** What hooks printed, without the editor's own; empty when only blank lines are left. */
  readonly withoutEditor: (bytes: Buffer) => Buffer
  /**
   * What was printed after the end of the shell's input, without the word that the shell itself says to it, and what of its
   * prompt (UTF-8) was drawn before that.
   */
  readonly withoutGoodbye: (bytes: Buffer, prompt: Uint8Array) => Buffer
}

/** How a shell words that a job has finished, line by line with the line's end. */
export interface JobNoticeSyntax {
  /** A line that the shell prints before it. */
  readonly before?: RegExp
  /** Such a line. */
  readonly notice: RegExp
  /** Further lines of a job's command. */
  readonly continued: RegExp
  /** What may still become such a line. */
  readonly beginning: RegExp
}

/**
 * How a shell sends its own stderr, and with it that of a command, to the terminal that `SHELL_FILES.stderr` leads to. Its
 * start and end marks are then printed on both terminals.
 */
export interface StderrSplit {
  /** Typed behind a command's text, before `accept`. */
  readonly begin: string
  /** Typed at a prompt: has stderr back where it was, as a `joined` mark on the second terminal says. */
  readonly end: string
}

/**
 * Variables that name pagers. While stderr is kept apart they are `cat`: pagers read their keys from stderr's terminal,
 * where none arrive.
 */
export const PAGER_VARIABLES = ["PAGER", "GIT_PAGER", "MANPAGER", "SYSTEMD_PAGER"] as const

/**
 * How one kind of shell is driven. The driver types these byte strings into the shell's own line editor and reads the
 * marks that its hooks print (src/shell/marks.ts).
 */
export interface ShellIntegration {
  /** Name of the program, such as "bash". */
  readonly name: string
  readonly start: (options: InitOptions) => ShellStart
  readonly lineEditor: LineEditor
  /** Null when the shell's words on finished jobs come after its prompt hooks have begun, or cannot be told from output. */
  readonly jobNotices: JobNoticeSyntax | null
  /** A line that is typed has no start mark: its echo by the terminal is all that comes before its output. */
  readonly startsUnmarked?: true
  /** The shell does not tell of its jobs, so that none can be told to be disowned. */
  readonly tellsNoJobs?: true
  /** Builtins that change the shell they run in, or concern what it alone has: jobs, history, traps. */
  readonly changingBuiltins: ReadonlySet<string>
  /** What a pooled shell runs before its first prompt. */
  readonly prepareFile: (directory: string, changes: EnvironmentChange) => string
  /** What a pooled shell prints when it waits for that file. */
  readonly waits: string
  /** True when the text surely is one finished command, so that the shell need not be asked. */
  readonly isSurelyComplete: (text: string) => boolean
  /**
   * The command file's content, for a shell that takes every text from it; without this, texts are typed where they can
   * be, and the file holds the text alone.
   */
  readonly commandFile?: (text: string, nonce: number) => string
  /** Types the text into the edit line, with the nonce its marks shall carry. */
  readonly load: (text: string, nonce: number, flags: LoadFlags) => string
  /** Takes the text of the edit line from the command file instead. */
  readonly loadFile: (nonce: number, flags: LoadFlags) => string
  /** Left out where there is no history to keep what was typed. */
  readonly references?: ReferenceEntry
  /** Asks whether the edit line is a finished command. Answered by a `check` mark. */
  readonly check: string
  /** Runs the edit line. */
  readonly accept: string
  /** Empties the edit line. */
  readonly clear: string
  /** Asks for what is in the edit line. Answered by a `line` mark; changes nothing. */
  readonly probe: string
  /** Ends whatever the line editor may be in the middle of (a search, a question). */
  readonly abort: string
  /** Puts the hooks back where something has removed them. */
  readonly repair: string
  /** How a command's stderr is kept apart; left out where it cannot be. */
  readonly split?: StderrSplit
  /**
   * Typed behind a command's text, before `accept` and after `split.begin`: the shell's own history gets nothing of it. Left
   * out where there is no history.
   */
  readonly hide?: string
  /** Ends an unfinished text where the line editor is switched off; without it Ctrl+C does. */
  readonly giveUp?: string
  /** A line that runs the command file, for a shell whose line editor is switched off. */
  readonly source: (commandFile: string) => string
  /** The command file's content for `source`. `typed` is what the history keeps; empty for nothing. */
  readonly sourceFile: (text: string, nonce: number, mend: boolean, typed: string) => string
  /** Reads what the shell quoted for us (a directory, typed text). */
  readonly unquote: (word: string) => string
  readonly parseStatus: (file: string) => ShellStatus
  readonly parseNames: (file: string) => ShellNames
  /** The commands of the shell's history file, oldest first. */
  readonly parseHistory: (file: Buffer) => ReadonlyArray<string>
  /** The same with the times that the file tells. */
  readonly parsePast: (file: Buffer) => ReadonlyArray<PastCommand>
}

/** A command of a shell's own history. */
export interface PastCommand {
  readonly command: string
  /** When it was run, in milliseconds since the epoch; null where the file does not tell. */
  readonly at: number | null
}

/** Files in a shell's private directory. */
export const SHELL_FILES = {
  /** A command's text where it cannot be typed. */
  command: "command",
  /** What a pooled shell is given of its session, and that it is all there. */
  prepare: "prepare",
  go: "go",
  /** Where a pooled shell's history goes, which dies with it. */
  ownHistory: "own-history",
  /** `ShellStatus` of the latest prompt. */
  status: "status",
  /** The same after the start files and before `changes`. */
  start: "start",
  /** `ShellNames` of the latest prompt. */
  names: "names",
  /** The same after the start files. */
  startNames: "start-names",
  /** Path of the shell's history file, as its start files left it. */
  history: "history",
  /** What words of the command stand for. */
  references: "references",
  /** Leads to the terminal on which a command has its stderr. */
  stderr: "stderr",
  /** Exists while Ctrl+C was typed into the running command. */
  interrupted: "interrupted"
} as const
