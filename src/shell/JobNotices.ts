/**
 * bash's word on a finished job: number, mark, a state padded to 24 columns, the command (pretty_print_job in jobs.c).
 * Stops are left out: they answer the user's Ctrl+Z.
 */
const NOTICE = /^\[\d+\][-+ ] {2}(?!Stopped|Running)(?=[A-Z])(?=.{24}).{23} \S.*\r?\n$/
/** Further lines of a job's command, as bash prints compound commands. */
const CONTINUED = /^( {4}.*|(done|fi|esac|\}|\)).*)\r?\n$/
/** What may still become such a line. */
const BEGINNING = /^\[(\d*|\d+\]([-+ ]( | {2}([A-Z].*)?)?)?)$/
/** Longer notices are not looked for, in bytes. */
const MAX_NOTICE_BYTES = 4096

/**
 * Holds back lines about finished jobs at the end of a command's output. bash prints them before any hook of the
 * prompt runs, so whether they are a notice is only known once the end mark follows them at once.
 */
export class JobNotices {
  private held = Buffer.alloc(0)
  private atLineStart = true

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
    let start = bytes.length
    let end = bytes.length
    while (end > 0 && bytes.length - end < MAX_NOTICE_BYTES) {
      const last = end - (bytes[end - 1] === 10 ? 2 : 1)
      const newline = last < 0 ? -1 : bytes.lastIndexOf(10, last)
      // At offset 0 the line may have begun in bytes that were passed on.
      if (newline === -1 && !this.atLineStart) break
      const line = bytes.toString("latin1", newline + 1, Math.min(end, newline + MAX_NOTICE_BYTES))
      if (NOTICE.test(line) || (end === bytes.length && BEGINNING.test(line))) start = newline + 1
      else if (!CONTINUED.test(line)) break
      end = newline + 1
    }
    return start
  }
}
