import type { CommandDoc } from "../commandDocs.ts"

/** What a value is completed to. */
export type ValueKind = "session" | "backup" | "file" | "directory" | "program" | "other"

const KINDS: Readonly<Record<string, ValueKind>> = {
  id: "session",
  backup: "backup",
  file: "file",
  directory: "directory",
  "name or path": "program"
}

/** By what the value is called in the help. */
export const kindOf = (value: string): ValueKind => KINDS[value] ?? "other"

/** What an option's value may be, where the parser knows: it calls the value `text | html`. */
export const choicesOf = (value: string): ReadonlyArray<string> => (value.includes(" | ") ? value.split(" | ") : [])

/** What a command takes as its first argument, null for nothing. */
export const argumentOf = ({ arguments: [argument] }: CommandDoc) =>
  argument === undefined ? null : { ...argument, kind: kindOf(argument.name) }

/** The command whose own arguments, after `--`, are another command. */
export const WRAPPER = "exec"
