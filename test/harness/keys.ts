/** Keys whose plain form is a fixed sequence (xterm's defaults; ctlseqs "PC-Style Function Keys"). */
const FIXED: Readonly<Record<string, string>> = {
  enter: "\r",
  esc: "\x1b",
  tab: "\t",
  "shift+tab": "\x1b[Z",
  backspace: "\x7f",
  "ctrl+backspace": "\b",
  "ctrl+space": "\0",
  space: " "
}

/** Cursor and editing keys: `final` is a letter (CSI letter, or SS3 letter in application mode) or a number (CSI n ~). */
const FUNCTION: Readonly<Record<string, string | number>> = {
  up: "A",
  down: "B",
  right: "C",
  left: "D",
  end: "F",
  home: "H",
  insert: 2,
  delete: 3,
  pageup: 5,
  pagedown: 6,
  f1: "P",
  f2: "Q",
  f3: "R",
  f4: "S",
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24
}

const MODIFIERS: Readonly<Record<string, number>> = { shift: 1, alt: 2, ctrl: 4 }

/**
 * The bytes xterm sends for a key: `"a"`, `"enter"`, `"ctrl+\\"`, `"alt+b"`, `"ctrl+left"`, `"f5"`. With
 * `applicationCursor` (DECCKM) unmodified arrows, Home and End are SS3 sequences. Throws on a name it does not know.
 */
export const encodeKey = (name: string, applicationCursor = false): string => {
  const fixed = FIXED[name]
  if (fixed !== undefined) return fixed
  if ([...name].length === 1) return name
  const parts = /^((?:(?:shift|alt|ctrl)\+)*)(.+)$/s.exec(name)!
  const base = parts[2]!
  let modifiers = 0
  for (const modifier of parts[1]!.split("+")) modifiers |= MODIFIERS[modifier] ?? 0
  const final = FUNCTION[base]
  if (typeof final === "number") return `\x1b[${final}${modifiers === 0 ? "" : `;${modifiers + 1}`}~`
  if (typeof final === "string") {
    if (modifiers !== 0) return `\x1b[1;${modifiers + 1}${final}`
    return /[PQRS]/.test(final) || applicationCursor ? `\x1bO${final}` : `\x1b[${final}`
  }
  if ((modifiers & MODIFIERS.alt!) !== 0) return `\x1b${encodeKey(name.replace("alt+", ""), applicationCursor)}`
  // Ctrl clears the upper bits: @ A…Z [ \ ] ^ _ become 0…31, and ? is DEL.
  if (modifiers === MODIFIERS.ctrl && base === "?") return "\x7f"
  if (modifiers === MODIFIERS.ctrl && /^[@-_a-z]$/.test(base)) return String.fromCharCode(base.charCodeAt(0) & 0x1f)
  throw new Error(`unknown key: ${JSON.stringify(name)}`)
}

/** One mouse event at a cell, counted from 0. */
export interface MouseEvent {
  readonly action: "press" | "release" | "drag" | "move" | "wheel-up" | "wheel-down"
  readonly x: number
  readonly y: number
  readonly button?: "left" | "middle" | "right"
}

/** SGR mouse report (DECSET 1006), the encoding every current program asks for. */
export const encodeMouse = (event: MouseEvent): string => {
  const button = { left: 0, middle: 1, right: 2 }[event.button ?? "left"]
  const code = { press: button, release: button, drag: 32 + button, move: 35, "wheel-up": 64, "wheel-down": 65 }
  return `\x1b[<${code[event.action]};${event.x + 1};${event.y + 1}${event.action === "release" ? "m" : "M"}`
}
