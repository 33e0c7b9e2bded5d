/** What a variable's value can be: its schema, and what is said of it when it does not fit. */
import { isIP, isIPv4 } from "node:net"
import * as Schema from "effect/Schema"
import type { EarlyVariable } from "../earlyVariables.ts"
import { homeDirectory } from "./configFiles.ts"
import { nearest } from "./nearest.ts"
import type { Environment } from "./sources.ts"

/** Longest path of Linux, in bytes (PATH_MAX of linux/limits.h). */
const MAX_PATH_BYTES = 4096

/** A kind of value. */
export interface Kind<A> {
  readonly type: "text" | "number" | "boolean" | "list" | "mode"
  /** Made when a value is there to be checked: thirty schemas for nothing would be seen in the start-up. */
  readonly schema: () => Schema.Schema<A, string>
  /** A value as it is written in an environment. */
  readonly format: (value: A) => string
  /** What is allowed, so that `is not …` reads well. */
  readonly allowed: string
  /** Texts that may have been meant, the likeliest first; they need not be allowed. */
  readonly guesses: (text: string, environment: Environment) => ReadonlyArray<string>
  /** True when there is one value only: the program goes by it without asking. */
  readonly fixed: boolean
}

const near = (text: string, candidates: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = nearest(text, candidates)
  return found === null ? [] : [found]
}

const listed = (texts: ReadonlyArray<string>): string =>
  texts.length === 1 ? `${texts[0]}` : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`

/** One of a few texts. */
export const choice = <const A extends string>(...texts: readonly [A, ...ReadonlyArray<A>]): Kind<A> => ({
  type: "text",
  schema: () =>
    Schema.transform(Schema.String, Schema.Literal(...texts), {
      strict: true,
      decode: (text) => text as A,
      encode: (value) => value
    }),
  format: (value) => value,
  allowed: listed(texts),
  guesses: (text) => near(text, texts),
  fixed: false
})

/** A text that is read before schemas are there. */
export const early = <A extends string>(variable: EarlyVariable<A>, allowed: string): Kind<A> => ({
  type: "text",
  schema: () => Schema.String.pipe(Schema.filter(variable.isAllowed)),
  format: (value) => value,
  allowed,
  guesses: () => [],
  fixed: false
})

/** A choice that is read before schemas are there. */
export const earlyChoice = <A extends string>(
  variable: EarlyVariable<A>,
  ...texts: readonly [NoInfer<A>, ...ReadonlyArray<NoInfer<A>>]
): Kind<A> => ({ ...early(variable, listed(texts)), guesses: (text) => near(text, texts) })

const YES = new Set(["1", "y", "yes", "on", "t", "enable", "enabled"])
const NO = new Set(["0", "n", "no", "off", "f", "disable", "disabled"])

const guessSwitch = (text: string): ReadonlyArray<string> => {
  const word = text.trim().toLowerCase()
  return YES.has(word) ? ["true"] : NO.has(word) ? ["false"] : near(text, ["true", "false"])
}

/** True or false. */
export const trueOrFalse: Kind<boolean> = {
  type: "boolean",
  schema: () =>
    Schema.transform(Schema.String.pipe(Schema.filter((text) => text === "true" || text === "false")), Schema.Boolean, {
      strict: true,
      decode: (text) => text === "true",
      encode: (value) => (value ? "true" : "false")
    }),
  format: String,
  allowed: "true or false",
  guesses: guessSwitch,
  fixed: false
}

/** Numbers of the units that people append, per kind of unit. */
const SCALES = {
  "": {},
  bytes: {
    b: 1,
    k: 1024,
    kb: 1024,
    kib: 1024,
    m: 1024 ** 2,
    mb: 1024 ** 2,
    mib: 1024 ** 2,
    g: 1024 ** 3,
    gb: 1024 ** 3,
    gib: 1024 ** 3
  },
  milliseconds: {
    ms: 1,
    millisecond: 1,
    s: 1000,
    sec: 1000,
    second: 1000,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    h: 3_600_000,
    hour: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
    w: 604_800_000,
    week: 604_800_000
  }
} as const satisfies Record<string, Readonly<Record<string, number>>>

/** What a whole number counts. */
export type Unit = keyof typeof SCALES

/** Digits that a number may have: fewer than would lose precision. */
const NUMBER = /^\d{1,15}$/
/** A number as people write it, with an optional unit. */
const LOOSE_NUMBER = /^\s*(-?[\d_,']*\.?\d+(?:e\d{1,2})?)\s*([a-z]*)\s*$/i

const guessNumber = (text: string, unit: Unit, min: number, max: number): ReadonlyArray<string> => {
  const [, digits, suffix = ""] = LOOSE_NUMBER.exec(text) ?? []
  if (digits === undefined) return []
  const scales: Readonly<Record<string, number>> = SCALES[unit]
  const word = suffix.toLowerCase()
  const scale = word === "" ? 1 : (scales[word] ?? scales[word.replace(/s$/, "")])
  const value = Number(digits.replace(/[_,']/g, "")) * (scale ?? Number.NaN)
  return Number.isNaN(value) ? [] : [String(Math.min(max, Math.max(min, Math.round(value))))]
}

/** A whole number, written in digits. */
export const wholeNumber = (unit: Unit, min: number, max: number): Kind<number> => ({
  type: "number",
  schema: () =>
    Schema.transform(Schema.String.pipe(Schema.pattern(NUMBER)), Schema.Int.pipe(Schema.between(min, max)), {
      strict: true,
      decode: Number,
      encode: String
    }),
  format: String,
  allowed: `${unit === "" ? "a whole number" : `a whole number of ${unit}`} from ${min} to ${max}`,
  guesses: (text) => guessNumber(text, unit, min, max),
  fixed: false
})

/** An absolute path. */
export const absolutePath: Kind<string> = {
  type: "text",
  schema: () =>
    Schema.String.pipe(
      Schema.filter((path) => path.startsWith("/") && !/\p{Cc}/u.test(path) && Buffer.byteLength(path) < MAX_PATH_BYTES)
    ),
  format: (path) => path,
  allowed: "an absolute path",
  // No shell has looked at a file's text.
  guesses: (text, environment) => [text.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, homeDirectory(environment))],
  fixed: false
}

const isNetwork = (text: string): boolean => {
  const [address = "", prefix, ...rest] = text.split("/")
  if (isIP(address) === 0 || address.includes("%") || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128))
}

/** Most networks in a list. */
const MAX_NETWORKS = 100

const formatList = (parts: ReadonlyArray<string>): string => parts.join(",")

/** A list of networks. */
export const networks: Kind<ReadonlyArray<string>> = {
  type: "list",
  schema: () =>
    Schema.transform(
      Schema.String,
      Schema.Array(Schema.String.pipe(Schema.filter(isNetwork))).pipe(Schema.maxItems(MAX_NETWORKS)),
      {
        strict: true,
        decode: (text) => (text === "" ? [] : text.split(",").map((part) => part.trim())),
        encode: formatList
      }
    ),
  format: formatList,
  allowed: "a list of addresses or networks such as 10.0.0.0/8, separated by commas",
  guesses: (text) => [
    text
      .trim()
      .split(/[\s;,]+/)
      .filter((part) => part !== "")
      .join(",")
  ],
  fixed: false
}

/** A protection that can be named, but not be taken away. */
const floor = <const A extends number | boolean>(
  type: Kind<A>["type"],
  text: string,
  value: A,
  why: string
): Kind<A> => ({
  type,
  schema: () =>
    Schema.transform(Schema.String.pipe(Schema.filter((written) => written === text)), Schema.Literal(value), {
      strict: true,
      decode: (): A => value,
      encode: () => text
    }),
  format: () => text,
  allowed: `${text}: ${why}`,
  guesses: () => [text],
  fixed: true
})

/** A file mode that is what it is. */
export const fixedMode = <const A extends number>(mode: A, why: string): Kind<A> =>
  floor("mode", mode.toString(8).padStart(4, "0"), mode, why)

/** A switch that is on. */
export const alwaysTrue = (why: string): Kind<true> => floor("boolean", "true", true as const, why)
