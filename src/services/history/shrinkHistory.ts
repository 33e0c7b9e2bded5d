import { MAX_HISTORY_ENTRIES } from "../../domain/HistoryEntry.ts"
import type { BodyLine } from "./HistoryFile.ts"

/** Entries from which the file is shrunk: a tenth more than are kept, so that it is not rewritten for each command. */
export const SHRINK_FROM_ENTRIES = Math.floor(MAX_HISTORY_ENTRIES * 1.1)

/**
 * The lines that stay when the file is shrunk: of a command that was run several times in one directory the latest, and of
 * these the newest 100,000. Their order stays; what is no entry stays.
 *
 * @param limit entries that stay at most
 */
export const shrinkHistory = (
  lines: ReadonlyArray<BodyLine>,
  limit: number = MAX_HISTORY_ENTRIES
): ReadonlyArray<BodyLine> => {
  const latest = new Map<string, number>()
  for (const [index, line] of lines.entries()) {
    if (line.type === "entry") latest.set(`${line.entry.directory ?? ""}\0${line.entry.command}`, index)
  }
  const kept = [...latest.values()]
  if (kept.length > limit) {
    const timeOf = (index: number): number => {
      const line = lines[index]!
      return line.type === "entry" ? (line.entry.at ?? 0) : 0
    }
    kept.sort((a, b) => timeOf(b) - timeOf(a) || b - a)
    kept.length = limit
  }
  const stays = new Set(kept)
  return lines.filter((line, index) => line.type !== "entry" || stays.has(index))
}
