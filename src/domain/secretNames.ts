/** Which names say that what they stand for is a secret: of variables that are stored, and of settings in output. */

/**
 * Names whose values are secrets more often than not. `AUTHOR` is not `AUTH`; `KEYMAP` and its like are settings.
 */
const SECRET_NAME =
  /SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|(^|_)PASS$|KEY(?!BOARD|MAP|TIMEOUT)|CREDENTIAL|AUTH(?!OR(?!I[SZ]))|PRIVATE|COOKIE|SIGNATURE|(^|_)(DSN|PAT|JWT|OTP|PIN)$/i

/** Those of them that stand for nothing else, in settings and in output. */
const SURE_NAME =
  /SECRET|TOKEN$|PASSWORD$|PASSWD$|PASSPHRASE$|(^|[_.-])PASS$|(API|ACCESS|PRIVATE|ENCRYPTION|SIGNING|MASTER|ACCOUNT)[_.-]?KEY$|CREDENTIALS?$|(^|[_.-])(PAT|JWT)$/i

/** Names that match `SECRET_NAME` and are known to be harmless: sockets and files, not secrets. */
const HARMLESS_NAMES: ReadonlySet<string> = new Set(["SSH_AUTH_SOCK", "XAUTHORITY", "LESSKEY", "LESSKEYIN"])

/** True for the name of a variable whose value is not to be stored, whatever it looks like. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !HARMLESS_NAMES.has(name)

/** A part of every name that `isSecretName` knows, then the rest of the name, and what stands before a value. */
const NAMED =
  /(?:SECRET|TOKEN|PASS|KEY|CRED|AUTH|PRIVATE|COOKIE|SIGNATURE|DSN|PAT|JWT|OTP|PIN)[\w.-]{0,64}(?:\\?["'])?[ \t]{0,2}(?:=>|:=|=|:)/gi
const NAME_CHARACTER = /[\w.-]/
/** Longest name that is looked at, in characters. */
const MAX_NAME_LENGTH = 128
/**
 * Blanks, a quoted value of at most 4 KB (the quotes may be JSON's escaped ones), or one that ends with a blank or a separator:
 * of that as much as tells whether it is a secret, or `KEY=KEY=KEY=…` would be read to its end again and again.
 */
const VALUE = /([ \t]{0,3})(?:(\\?["'`])([^\n]{0,4096}?)\2|([^\s"'`;,&|<>(){}]{1,256}))/y
/** Longer than what is read of blanks and a value without quotes, in characters. */
const MAX_BARE = 260
const QUOTED = /[ \t]{0,3}\\?["'`]/y
const DIGIT = /\d/g
/** The rest of a value without quotes. */
const VALUE_REST = /[^\s"'`;,&|<>(){}]*/y

/** Values that stand for others, or are none. */
const NO_SECRET =
  /^(?:true|false|null|nil|none|undefined|yes|no|on|off|string|required|optional|example|changeme|redacted|[*xX.…•-]+|\$.*|%.*|<.*>|\{.*\}|\[.*\]|(?:~|\.{1,2})?\/[\w.@~-]+(?:\/[\w.@~-]*)*)$/i
const HEX_OR_UUID = /^[0-9a-f-]+$/i
const MIN_SURE_LENGTH = 4
const MIN_RANDOM_LENGTH = 12

/** True for what nobody would write by hand: letters and digits mixed, and no hash or UUID. */
const looksRandom = (value: string): boolean =>
  value.length >= MIN_RANDOM_LENGTH &&
  /^[\w+/=.~:%-]+$/.test(value) &&
  !HEX_OR_UUID.test(value) &&
  (value.match(/\d/g)?.length ?? 0) >= 3 &&
  (value.match(/[A-Za-z]/g)?.length ?? 0) >= 3 &&
  // Dates, versions, names with numbers: the digits stand together.
  (value.match(/[A-Za-z]\d|\d[A-Za-z]/g)?.length ?? 0) >= 4

/** Where a value without quotes ends of which `from` is in the middle or at the end. */
export const valueEnd = (text: string, from: number): number => {
  VALUE_REST.lastIndex = from
  VALUE_REST.test(text)
  return VALUE_REST.lastIndex
}

type Certainty = "sure" | "likely"

/** How surely the name of a match of `NAMED` is that of a secret, null when it is not. */
const certaintyOf = (text: string, index: number, end: number): Certainty | null => {
  let from = index
  while (from > 0 && index - from < MAX_NAME_LENGTH && NAME_CHARACTER.test(text[from - 1]!)) from--
  const [name = ""] = /^[\w.-]+/.exec(text.slice(from, end)) ?? []
  if (SURE_NAME.test(name)) return "sure"
  return isSecretName(name) ? "likely" : null
}

/**
 * Gives the places in plain text of values whose names say that they are secrets: `NAME=value`, `"name": "value"`,
 * `name: value`. A name that may stand for something else (`key`, `auth`) counts only for a value that looks random.
 */
export const namedSecrets = (text: string, found: (from: number, to: number) => void): void => {
  NAMED.lastIndex = 0
  /** The first digit behind the names so far. */
  let digitAt = -1
  const hasDigitWithin = (from: number, length: number): boolean => {
    if (digitAt < from) {
      DIGIT.lastIndex = from
      digitAt = DIGIT.exec(text)?.index ?? Number.POSITIVE_INFINITY
    }
    return digitAt < from + length
  }
  for (let match = NAMED.exec(text); match !== null; match = NAMED.exec(text)) {
    const end = NAMED.lastIndex
    const certainty = certaintyOf(text, match.index, end)
    if (certainty === null) continue
    QUOTED.lastIndex = end
    // What looks random has digits: of `KEY=KEY=KEY=…` no value need be read.
    if (certainty === "likely" && !hasDigitWithin(end, MAX_BARE) && !QUOTED.test(text)) continue
    VALUE.lastIndex = end
    const value = VALUE.exec(text)
    if (value === null) continue
    const [, blanks = "", quote = "", quoted, bare = ""] = value
    const secret = quoted ?? bare
    // `token: unexpected` is a sentence; `TOKEN=x` and `"token": "x"` are not.
    const assigns = /[\w.-]=$/.test(match[0]) && blanks === ""
    const isSetting = assigns || (quoted !== undefined && !/[ \t]/.test(secret))
    if (NO_SECRET.test(secret)) continue
    const isSecret =
      certainty === "sure" && isSetting
        ? secret.length >= MIN_SURE_LENGTH && !/^\d{1,9}$/.test(secret)
        : looksRandom(secret)
    if (!isSecret) continue
    const at = end + blanks.length + quote.length
    const to = quoted === undefined ? valueEnd(text, at + secret.length) : at + secret.length
    found(at, to)
    NAMED.lastIndex = to
  }
}

/** A value that goes on to the text's end: one whose quote has not been closed, or one without quotes. */
const OPEN_VALUE = /([ \t]{0,3})(?:(\\?["'`])(?:(?!\2)[^\n]){0,4096}|[^\s"'`;,&|<>(){}]*)$/y
/** Characters from the end in which the name of such a value is. */
const OPEN_VALUE_LENGTH = 4096 + 2 * MAX_NAME_LENGTH

/** Where the value of a secret's name begins that the text ends in, with its quote, null when it ends in none. */
export const openValueAt = (text: string): number | null => openValue(text, false)

/** The same of a name that stands for nothing else, and of a value that may be a secret by its beginning. */
export const openSecretAt = (text: string): number | null => openValue(text, true)

/** How values begin that stand for others: variables, files, words in brackets. */
const STAND_IN = /^["'`]?[$%<{[~./]/

const openValue = (text: string, surely: boolean): number | null => {
  const from = Math.max(0, text.length - OPEN_VALUE_LENGTH)
  for (const match of text.slice(from).matchAll(NAMED)) {
    const end = from + match.index + match[0].length
    OPEN_VALUE.lastIndex = end
    const value = OPEN_VALUE.exec(text)
    if (value === null) continue
    const at = end + value[1]!.length
    const certainty = certaintyOf(text, from + match.index, end)
    if (surely ? certainty === "sure" && !STAND_IN.test(text.slice(at)) : certainty !== null) return at
  }
  return null
}
