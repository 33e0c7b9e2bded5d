import type { Config } from "../config/Config.ts"
import type { BlockId } from "../domain/ids.ts"
import { type ClipboardTarget, type CopyRequest, newerRequest } from "../terminal/clipboard.ts"

/** How long a program's wish to copy stands, in ms: until then the user may have looked. */
export const COPY_QUESTION_MS = 30_000
/** How long the status line says what was copied, in ms. */
const COPY_NOTICE_MS = 4_000
/** Shortest time between two writes without a question, in ms, and between two views; of what is in between the last counts. */
const COPY_GAP_MS = 250
/** Programs that can wait for an answer at a time; what more of them want is dropped. */
const MAX_QUESTIONS = 8

/** A program's wish to copy. */
export interface BlockCopyRequest extends CopyRequest {
  readonly block: BlockId
  /** The block's command, asked for when it is shown: its block may be younger than the wish. */
  readonly command: () => string
}

/** What has become of a text: a program has it, it was sent to a terminal that does not answer, or nobody took it. */
export type CopyEnd = "copied" | "sent" | "failed"

/** What the status line has to say: a question that is open, or what has happened. */
export interface DeskView {
  readonly type: "question" | "tooLong" | CopyEnd
  readonly block: BlockId
  /** The block's command, untrusted; `""` where it is not known yet. */
  readonly command: () => string
  /** Bytes of the text. */
  readonly bytes: number
}

/** `yes` for this text, `always` for all that this EffectTalk's programs will copy. */
export type CopyAnswer = "yes" | "always" | "no"

interface Options {
  readonly policy: Config["clipboard"]
  /** Puts text on the user's clipboard, and tells what has become of it. */
  readonly copy: (text: string, target: ClipboardTarget, done: (end: CopyEnd) => void) => void
  /** Runs something later; the result cancels it. For tests. */
  readonly setTimer?: (run: () => void, ms: number) => () => void
}

const setTimer = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

interface Question {
  readonly request: BlockCopyRequest
  /** Keeps it from being forgotten. */
  readonly stopClock: () => void
}

/**
 * Where programs' wishes to copy lie until the user has answered: one per block, its newest, so that memory is bounded and
 * a "yes" never copies another program's text than the one that is named. What nobody answers is dropped.
 */
export class ClipboardDesk {
  readonly #carry: Options["copy"]
  readonly #setTimer: NonNullable<Options["setTimer"]>
  #policy: Config["clipboard"]
  readonly #questions = new Map<BlockId, Question>()
  #notice: DeskView | null = null
  #endNotice: () => void = () => {}
  /** The last text in the time after a write; `undefined` while none is to be kept. */
  #next: BlockCopyRequest | null | undefined
  #view: DeskView | null = null
  #isTelling = false
  readonly #listeners = new Set<() => void>()

  constructor(options: Options) {
    this.#policy = options.policy
    this.#carry = options.copy
    this.#setTimer = options.setTimer ?? setTimer
  }

  /** Takes a wish: by what the configuration says it is dropped, asked about, or carried out. */
  take(request: BlockCopyRequest): void {
    if (this.#policy === "never") return
    if (request.text === null) return this.#say("tooLong", request)
    if (this.#policy === "always") return this.#copySoon(request)
    const { block } = request
    const before = this.#questions.get(block)
    if (before === undefined && this.#questions.size >= MAX_QUESTIONS) return
    before?.stopClock()
    const stopClock = this.#setTimer(() => this.#drop(block), COPY_QUESTION_MS)
    this.#questions.set(block, { request: newerRequest(before?.request ?? null, request), stopClock })
    if (before === undefined) this.#changed()
    else this.#changedSoon()
  }

  /** What there is to say now, the oldest question first; the same object until it changes. */
  readonly view = (): DeskView | null => this.#view

  /** Calls `changed` when `view` is another; returns how to stop. */
  readonly subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** Answers a block's question. False when it asks nothing (any more). */
  answer(block: BlockId, answer: CopyAnswer): boolean {
    const question = this.#questions.get(block)
    if (question === undefined) return false
    const { request } = question
    if (answer === "always") this.#policy = "always"
    this.#drop(block)
    if (answer === "no") return true
    this.#copy(request)
    // Nobody is asked any more.
    if (answer === "always") for (const { request: other } of [...this.#questions.values()]) this.#drop(other.block)
    return true
  }

  #drop(block: BlockId): void {
    this.#questions.get(block)?.stopClock()
    this.#questions.delete(block)
    this.#changed()
  }

  #copySoon(request: BlockCopyRequest): void {
    if (this.#next !== undefined) {
      this.#next = this.#next?.block === request.block ? newerRequest(this.#next, request) : request
      return
    }
    this.#copy(request)
    this.#next = null
    this.#setTimer(() => {
      const next = this.#next
      this.#next = undefined
      if (next != null) this.#copySoon(next)
    }, COPY_GAP_MS)
  }

  #copy(request: BlockCopyRequest): void {
    if (request.text !== null) this.#carry(request.text, request.target, (end) => this.#say(end, request))
  }

  #say(type: "tooLong" | CopyEnd, request: BlockCopyRequest): void {
    this.#endNotice()
    const isKnown = this.#notice?.type === type && this.#notice.block === request.block
    this.#notice = viewOf(type, request)
    this.#endNotice = this.#setTimer(() => {
      this.#notice = null
      this.#changed()
    }, COPY_NOTICE_MS)
    if (isKnown) this.#changedSoon()
    else this.#changed()
  }

  /** Tells of what a program may repeat a hundred times a second: the screen is laid out anew for it. */
  #changedSoon(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    this.#setTimer(() => {
      this.#isTelling = false
      this.#changed()
    }, COPY_GAP_MS)
  }

  #changed(): void {
    const [question] = this.#questions.values()
    this.#view = question === undefined ? this.#notice : viewOf("question", question.request)
    for (const listener of [...this.#listeners]) listener()
  }
}

const viewOf = (type: DeskView["type"], { block, command, text }: BlockCopyRequest): DeskView => ({
  type,
  block,
  command,
  bytes: Buffer.byteLength(text ?? "")
})
