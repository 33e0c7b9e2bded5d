import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { HistoryEntry } from "../../src/domain/HistoryEntry.ts"
import { HistoryStore } from "../../src/services/HistoryStore.ts"
import { HistoryIndex } from "../../src/services/history/HistoryIndex.ts"
import { Suggester } from "../../src/services/history/Suggester.ts"

/** An entry with what a test does not care about. */
export const historyEntry = (command: string, fields: Partial<HistoryEntry> = {}): HistoryEntry => ({
  command,
  at: null,
  status: "success",
  exit: 0,
  duration: 10,
  directory: "/home/ada",
  session: "abcdefgh1234",
  ...fields
})

/** A history without a disk. */
export const fakeHistory = (entries: ReadonlyArray<HistoryEntry> = []) => {
  let index = new HistoryIndex()
  let kept = entries
  for (const entry of kept) index.add(entry)
  const listeners = new Set<() => void>()
  let version = 0
  const changed = () => {
    version++
    for (const listener of listeners) listener()
  }
  return Layer.succeed(
    HistoryStore,
    HistoryStore.of({
      recording: (_, sink) => sink,
      record: (entry) => {
        index.add(entry)
        changed()
      },
      open: Effect.sync(() => index),
      suggest: (text, directory) => new Suggester(index).suggest(text, directory),
      seed: () => Effect.void,
      forget: (matches) =>
        Effect.sync(() => {
          const left = kept.filter((entry) => !matches(entry))
          const count = kept.length - left.length
          kept = left
          index = new HistoryIndex()
          for (const entry of left) index.add(entry)
          changed()
          return count
        }),
      settled: Effect.void,
      failure: () => null,
      version: () => version,
      subscribe: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      }
    })
  )
}
