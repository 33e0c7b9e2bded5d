const SPELLED: Readonly<Record<string, string>> = {
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
  escape: "Esc",
  enter: "Enter",
  space: "Space",
  tab: "Tab",
  backspace: "Backspace",
  delete: "Delete",
  insert: "Insert"
}

const spellOne = (name: string): string => {
  const parts = name === "+" ? ["+"] : name.split("+")
  const key = parts.pop() ?? ""
  const modifiers = parts.map((part) => `${part[0]?.toUpperCase()}${part.slice(1)}+`)
  const shown = SPELLED[key] ?? (modifiers.length > 0 && key.length === 1 ? key.toUpperCase() : key)
  return modifiers.join("") + shown
}

/** A key's name as people write it: `ctrl+x ctrl+u` is `Ctrl+X Ctrl+U`, `pageup` is `PgUp`. */
export const spellKey = (name: string): string => name.split(" ").map(spellOne).join(" ")
