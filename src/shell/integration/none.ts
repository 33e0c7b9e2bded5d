import { MARK_OSC } from "../MarkParser.ts"
import type { LineEditor, ShellIntegration } from "./ShellIntegration.ts"

/** Is never found in output: marks are taken out of it. */
export const NEVER_PRINTED = Buffer.from(`\x1b]${MARK_OSC};\x07`, "latin1")

const noEditor: LineEditor = {
  entered: NEVER_PRINTED,
  afterAccept: () => "",
  outputAfterAccept: (echo) => echo,
  isNoise: () => false,
  withoutEditor: (bytes) => bytes,
  withoutGoodbye: (bytes) => bytes
}

/** What is typed into a line editor, for a shell that has none to type into. */
export const NO_KEYS = {
  isSurelyComplete: () => false,
  load: () => "",
  loadFile: () => "",
  check: "",
  accept: "",
  clear: "",
  probe: "",
  abort: "",
  repair: ""
} satisfies Partial<ShellIntegration>

/**
 * A shell that EffectTalk cannot drive: it is started as any terminal starts it, nothing is written for it, and what is
 * typed and printed passes as it is. The driver asks for nothing else of this.
 */
export const none: ShellIntegration = {
  name: "none",
  start: () => ({ files: {}, arguments: [], environment: {} }),
  lineEditor: noEditor,
  jobNotices: null,
  changingBuiltins: new Set(),
  prepareFile: () => "",
  waits: NEVER_PRINTED.toString("latin1"),
  ...NO_KEYS,
  source: () => "",
  sourceFile: () => "",
  unquote: (word) => word,
  parseStatus: () => ({ jobs: [], environment: new Map() }),
  parseNames: () => ({ functions: new Set(), aliases: new Map() }),
  parseHistory: () => [],
  parsePast: () => []
}
