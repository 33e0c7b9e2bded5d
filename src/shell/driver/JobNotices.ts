import type { JobNoticeSyntax } from "../integration/ShellIntegration.ts"

/** Longer notices are not looked for, in bytes. */
const MAX_NOTICE_BYTES = 4096

/**
 * Holds back lines about finished jobs at the end of a command's output. The shell prints them before any hook of
 * the prompt runs, so whether they are a notice is only known once the end mark follows them at once.
 */
export class JobNotices {
  private held = Buffer.alloc(0)
  private atLineStart = true
  private readonly syntax: JobNoticeSyntax

  constructor(syntax: JobNoticeSyntax) {
    this.syntax = syntax
  }

  /** True while something is held back. */
  get isHolding(): boolean {
    return this.held.length > 0
  }

  /** Takes output; returns what is surely output, in order. */
  push(bytes: Buffer): Buffer {
    const all = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes])
    const start = this.noticesFrom(all)
    this.held = Buffer.from(all.subarray(start))
    const passed = all.subarray(0, start)
    if (passed.length > 0) this.atLineStart = passed[passed.length - 1] === 10
    return passed
  }

  /** What was held back: a notice if the command has ended, output otherwise. */
  take(): Buffer {
    const held = this.held
    this.held = Buffer.alloc(0)
    return held
  }

  /** Where the notices at the end begin. */
  private noticesFrom(bytes: Buffer): number {
    const { before, notice, continued, beginning } = this.syntax
    let start = bytes.length
    let end = bytes.length
    while (end > 0 && bytes.length - end < MAX_NOTICE_BYTES) {
      const last = end - (bytes[end - 1] === 10 ? 2 : 1)
      const newline = last < 0 ? -1 : bytes.lastIndexOf(10, last)
      // At offset 0 the line may have begun in bytes that were passed on.
      if (newline === -1 && !this.atLineStart) break
      const line = bytes.toString("latin1", newline + 1, Math.min(end, newline + MAX_NOTICE_BYTES))
      const isBefore = start < bytes.length && start === end && before?.test(line) === true
      if (isBefore || notice.test(line) || (end === bytes.length && beginning.test(line))) start = newline + 1
      else if (!continued.test(line)) break
      end = newline + 1
    }
    return start
  }
}
