/** A word of a command that may stand for a block, by its place in the text. */
export interface BlockWord {
  /** UTF-16 offsets of the whole word, `@` included. */
  readonly start: number
  readonly end: number
  /** The word without its `@`. */
  readonly name: string
}

/** What a text must hold somewhere: most hold none, and are not read any further. */
const CANDIDATE = /@[A-Za-z]/
/** What `@` may be followed by: `last`, `prev`, `b12`, or a name that the user gave. */
const NAME = /[A-Za-z][\w-]*/y
/** A here-document's operator, blanks, and its delimiter with its quotes. */
const HERE = /<<(-?)[ \t]*((?:\\[\s\S]|'[^']*'|"[^"]*"|[^\s;&|<>()'"\\])+)/y

/** How deep commands are read inside of commands; a text that goes on is no command that anybody has written. */
const MAX_DEPTH = 100
/** How far the end of an arithmetic expression is looked for, in characters: every `((` in a text may be one. */
const MAX_ARITHMETIC = 1000

/** How the words of one family of shells are divided. */
interface Grammar {
  /** Stretches that mean nothing to the reader, between words and in double quotes. */
  readonly plain: RegExp
  readonly plainQuoted: RegExp
  /** Here-documents, arithmetic, `${…}`, backticks, and `$'…'`; without them fish. */
  readonly posix: boolean
}

const POSIX: Grammar = { plain: /[^\s;&|<>()'"\\`$#@]+/y, plainQuoted: /[^"\\`$]+/y, posix: true }
const FISH: Grammar = { plain: /[^\s;&|<>()'"\\$#@]+/y, plainQuoted: /[^"\\$]+/y, posix: false }

/**
 * Reads a text as a shell divides it into words, as far as that decides which of them are whole and unquoted. What it
 * cannot make out (a quote that is not closed) holds no such word.
 */
class WordReader {
  readonly found: Array<BlockWord> = []
  #at = 0
  #depth = 0
  /** Delimiters of here-documents whose bodies begin with the next line. */
  #bodies: Array<{ readonly delimiter: string; readonly isIndented: boolean }> = []
  readonly #text: string
  readonly #grammar: Grammar

  constructor(text: string, grammar: Grammar) {
    this.#text = text
    this.#grammar = grammar
  }

  /** Reads commands up to `close`, which is taken as well, or to the end of the text. */
  commands(close: ")" | "`" | null): void {
    this.#deeper(() => this.#read(close))
  }

  #deeper(read: () => void): void {
    this.#depth++
    if (this.#depth > MAX_DEPTH) this.#at = this.#text.length
    else read()
    this.#depth--
  }

  #read(close: string | null): void {
    const { posix } = this.#grammar
    // Whether a word may begin here, and whether it would be written to.
    let begins = true
    let isTarget = false
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (char === close) {
        this.#at++
        return
      }
      if (char === " " || char === "\t") {
        this.#at++
        begins = true
      } else if (char === "\n") {
        this.#at++
        this.#skipBodies()
        begins = true
        isTarget = false
      } else if (char === "#" && begins) this.#skipTo("\n")
      else if (char === "@" && begins) {
        this.#reference(close, isTarget)
        begins = false
        isTarget = false
      } else if (char === "<" || char === ">") {
        isTarget = this.#redirection()
        begins = true
      } else if (char === "(") {
        this.#parentheses(begins)
        // In fish what stands behind is of the same word.
        begins = posix
        isTarget = false
      } else if (/[;&|)\s]/.test(char)) {
        this.#at++
        begins = true
        isTarget = isTarget && /\s/.test(char)
      } else {
        this.#piece()
        begins = false
        isTarget = false
      }
    }
  }

  /** A word that begins with `@`. */
  #reference(close: string | null, isTarget: boolean): void {
    const start = this.#at
    NAME.lastIndex = start + 1
    const name = NAME.exec(this.#text)?.[0]
    this.#at = start + 1 + (name?.length ?? 0)
    const next = this.#text[this.#at]
    const ends = next === undefined || next === close || /[\s;&|<>)]/.test(next)
    if (name !== undefined && ends && !isTarget) this.found.push({ start, end: this.#at, name })
  }

  /** `<` or `>` and what belongs to it; whether the word behind it is no file that is read. */
  #redirection(): boolean {
    if (this.#grammar.posix && this.#text.startsWith("<<", this.#at) && this.#text[this.#at + 2] !== "<") {
      HERE.lastIndex = this.#at
      const found = HERE.exec(this.#text)
      if (found !== null) {
        const [all, dash, word] = found
        this.#bodies.push({ delimiter: word!.replace(/\\([\s\S])|['"]/g, "$1"), isIndented: dash === "-" })
        this.#at += all.length
        return false
      }
    }
    const operator = /[<>]+[&|?]?/y
    operator.lastIndex = this.#at
    const [taken] = operator.exec(this.#text)!
    this.#at += taken.length
    // A process substitution is a word.
    return this.#text[this.#at] !== "(" && (taken.includes(">") || taken.endsWith("&"))
  }

  /** `(`: commands, or arithmetic where a word may begin. */
  #parentheses(begins: boolean): void {
    if (this.#grammar.posix && begins && this.#text.startsWith("((", this.#at) && this.#arithmetic(2)) return
    this.#at++
    this.commands(")")
  }

  /** A piece of a word: a quote, an escape, an expansion, or plain characters. */
  #piece(): void {
    const char = this.#text[this.#at]!
    if (char === "\\") this.#at += 2
    else if (char === "'") this.#singleQuotes()
    else if (char === '"') this.#doubleQuotes()
    else if (char === "$") this.#dollar()
    else if (char === "`" && this.#grammar.posix) {
      this.#at++
      this.commands("`")
    } else this.#skip(this.#grammar.plain)
  }

  #singleQuotes(): void {
    this.#at++
    if (this.#grammar.posix) this.#skipPast("'")
    else this.#escaped("'")
  }

  /** Up to `close`, behind which nothing but a backslash is special. */
  #escaped(close: string): void {
    while (this.#at < this.#text.length && this.#text[this.#at] !== close)
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1
    this.#at++
  }

  #doubleQuotes(): void {
    this.#at++
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (char === '"') {
        this.#at++
        return
      }
      if (char === "\\" || char === "$" || (char === "`" && this.#grammar.posix)) this.#quotedPiece(char)
      else this.#skip(this.#grammar.plainQuoted)
    }
  }

  /** What is special in double quotes; single quotes are not. */
  #quotedPiece(char: string): void {
    if (char === "$" && this.#text[this.#at + 1] === "'") this.#at++
    else this.#piece()
  }

  #dollar(): void {
    const { posix } = this.#grammar
    const next = this.#text[this.#at + 1]
    if (next === "(") {
      if (posix && this.#text[this.#at + 2] === "(" && this.#arithmetic(3)) return
      this.#at += 2
      this.commands(")")
    } else if (posix && next === "{") this.#deeper(() => this.#braces())
    else if (posix && next === "'") {
      this.#at += 2
      this.#escaped("'")
    } else this.#at++
  }

  /** `${…}`: no words in it, but perhaps commands. */
  #braces(): void {
    this.#at += 2
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (char === "}") {
        this.#at++
        return
      }
      if (/[\\'"$`]/.test(char)) this.#piece()
      else this.#at++
    }
  }

  /** Takes `((…))` or `$((…))` as a whole; false when it is not closed by two parentheses, and so is none. */
  #arithmetic(opening: number): boolean {
    let depth = 2
    const end = Math.min(this.#text.length, this.#at + MAX_ARITHMETIC)
    for (let at = this.#at + opening; at < end; at++) {
      const char = this.#text[at]
      if (char === "(") depth++
      else if (char === ")") {
        depth--
        if (depth === 1 && this.#text[at + 1] !== ")") return false
        if (depth > 0) continue
        this.#at = at + 1
        return true
      } else if (char === "'" || char === '"' || char === "`") return false
    }
    return false
  }

  #skipBodies(): void {
    for (const { delimiter, isIndented } of this.#bodies.splice(0)) {
      while (this.#at < this.#text.length) {
        const newline = this.#text.indexOf("\n", this.#at)
        const end = newline === -1 ? this.#text.length : newline
        const line = this.#text.slice(this.#at, end)
        this.#at = Math.min(end + 1, this.#text.length)
        if ((isIndented ? line.replace(/^\t+/, "") : line) === delimiter) break
      }
    }
  }

  #skip(stretch: RegExp): void {
    stretch.lastIndex = this.#at
    this.#at += stretch.exec(this.#text)?.[0].length ?? 1
  }

  #skipTo(what: string): void {
    const at = this.#text.indexOf(what, this.#at)
    this.#at = at === -1 ? this.#text.length : at
  }

  #skipPast(what: string): void {
    this.#skipTo(what)
    this.#at++
  }
}

/**
 * The words of a command that may stand for blocks: whole, unquoted words `@name` as the shell divides them, in the order in
 * which they stand there. Not in quotes, comments, bodies of here-documents and arithmetic, and not behind `>`: what is
 * written to is no output of a block. Commands inside quotes, `"$(cat @last)"`, are commands.
 *
 * @param shell name of the program, such as "fish"; one that is not known is read as sh
 */
export const blockWords = (text: string, shell: string): ReadonlyArray<BlockWord> => {
  if (!CANDIDATE.test(text)) return []
  const reader = new WordReader(text, shell === "fish" ? FISH : POSIX)
  reader.commands(null)
  return reader.found
}
