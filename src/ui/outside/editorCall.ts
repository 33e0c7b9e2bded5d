import { basename } from "node:path"
import type { LentProgram } from "../../terminal/TerminalLender.ts"
import { commandWords } from "../pick/commandWords.ts"
import type { FilePlace } from "../pick/recognise.ts"
import { byShell, editorCommand } from "./userPrograms.ts"

/** An editor and a file: what to run. */
export interface EditorCall extends Pick<LentProgram, "file" | "args"> {
  /** What the user calls it by. */
  readonly command: string
  /** It draws in a window of its own, and needs no terminal. */
  readonly graphical: boolean
}

type Arguments = (place: Required<FilePlace>) => ReadonlyArray<string>

/** vi and what is made like it: line only. */
const plus: Arguments = ({ path, line }) => [`+${line}`, path]
const plusColon: Arguments = ({ path, line, column }) => [`+${line}:${column}`, path]
const plusComma: Arguments = ({ path, line, column }) => [`+${line},${column}`, path]
const cursor: Arguments = ({ path, line, column }) => [`+call cursor(${line},${column})`, path]
const suffix: Arguments = ({ path, line, column }) => [`${path}:${line}:${column}`]
const goTo: Arguments = ({ path, line, column }) => ["-g", `${path}:${line}:${column}`]

/** How each editor is told where to begin, from its own manual; one that is not here gets the file alone. */
const TERMINAL_EDITORS: Readonly<Record<string, Arguments>> = {
  vi: plus,
  view: plus,
  nvi: plus,
  busybox: plus,
  vim: cursor,
  "vim.basic": cursor,
  "vim.tiny": plus,
  nvim: cursor,
  nano: plusComma,
  rnano: plusComma,
  pico: plus,
  emacs: plusColon,
  emacsclient: plusColon,
  micro: plusColon,
  hx: suffix,
  helix: suffix,
  kak: plusColon,
  joe: plus,
  jed: plus,
  mg: plus,
  ne: plusComma,
  mcedit: ({ path, line }) => [`${path}:${line}`]
}

const GRAPHICAL_EDITORS: Readonly<Record<string, Arguments>> = {
  code: goTo,
  "code-insiders": goTo,
  codium: goTo,
  vscodium: goTo,
  cursor: goTo,
  windsurf: goTo,
  subl: suffix,
  sublime_text: suffix,
  zed: suffix,
  zeditor: suffix,
  gvim: cursor,
  mvim: cursor,
  gedit: plusColon,
  "gnome-text-editor": plusColon,
  kate: ({ path, line, column }) => ["-l", String(line), "-c", String(column), path]
}

/** Emacs draws in a window unless it is told not to. */
const IN_TERMINAL = new Set(["-nw", "-t", "-tty", "--tty", "--no-window-system"])

/**
 * What to run for a file in the user's editor (`editorCommand`). Its words are read only to know which editor it is.
 *
 * @param place `path` absolute
 */
export const editorCall = (env: Readonly<Record<string, string>>, place: FilePlace): EditorCall => {
  const command = editorCommand(env)
  const [file = "", ...given] = commandWords(command)
  const name = basename(file)
  const hasWindows = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  const isEmacs = name === "emacs" || name === "emacsclient"
  const graphical = isEmacs ? hasWindows && !given.some((word) => IN_TERMINAL.has(word)) : name in GRAPHICAL_EDITORS
  const argumentsOf = TERMINAL_EDITORS[name] ?? GRAPHICAL_EDITORS[name]
  const { path, line, column = 1 } = place
  const args = argumentsOf === undefined || line === undefined ? [path] : argumentsOf({ path, line, column })
  return { ...byShell(command, args), command, graphical }
}
