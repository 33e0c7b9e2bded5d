import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { styledCharsFromTokens, styledCharsToString, tokenize } from "@alcalzone/ansi-tokenize"
import { internalCall } from "effect/Utils"
import { build } from "esbuild"
import fc from "fast-check"
import sliceAnsi from "slice-ansi"
import stringWidth from "string-width"
import { beforeAll, expect, it } from "vitest"
import wrapAnsi from "wrap-ansi"
import Yoga from "yoga-layout"
import { Home } from "../harness/Home.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

const original = {
  sliceAnsi,
  stringWidth,
  wrapAnsi,
  tokenize,
  styledCharsFromTokens,
  styledCharsToString,
  internalCall,
  Yoga
}
let light: typeof original

/** The same packages as the product has them. */
beforeAll(async () => {
  using home = new Home()
  const { buildOptions } = await import(join(ROOT, "bin/build-options.js"))
  const outfile = join(home.path, "light.cjs")
  const { outdir: _, entryPoints: __, write: ___, plugins, ...options } = buildOptions(ROOT)
  await build({
    ...options,
    stdin: {
      resolveDir: ROOT,
      contents: `
        export { default as sliceAnsi } from "slice-ansi"
        export { default as stringWidth } from "string-width"
        export { default as wrapAnsi } from "wrap-ansi"
        export { tokenize, styledCharsFromTokens, styledCharsToString } from "@alcalzone/ansi-tokenize"
        export { internalCall } from "effect/Utils"
        export { default as Yoga } from "yoga-layout"`
    },
    outfile,
    plugins: plugins.filter((plugin: { readonly name: string }) => plugin.name === "light-dependencies")
  })
  light = createRequire(import.meta.url)(outfile)
})

const PIECES = [
  "e",
  "é",
  "e\u0301",
  "\n",
  "\x1b[1m",
  "\x1b[31;4m",
  "\x1b[0m",
  "│",
  "❯",
  "漢",
  "한",
  "👩‍👩‍👧",
  "🇩🇪",
  "☺️",
  "⌚",
  "1️⃣",
  " "
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "grapheme", maxLength: 3 })), { maxLength: 16 })
  .map((pieces) => pieces.join(""))

/** Cells as Ink fills them: each blank one with styles of its own, which are none. */
const cellsOf = (string: string) => {
  const blank = () => ({ type: "char" as const, value: " ", fullWidth: false, styles: [] })
  return [blank(), blank(), ...styledCharsFromTokens(tokenize(string)), blank(), blank()]
}

it("measures, cuts, wraps and splits text as the packages themselves do", () => {
  fc.assert(
    fc.property(text, fc.nat(20), fc.integer({ min: 1, max: 20 }), (string, from, width) => {
      const by = (library: typeof original) => ({
        width: library.stringWidth(string),
        slice: library.sliceAnsi(string, from, from + width),
        wrapped: library.wrapAnsi(string, width, { hard: true, trim: false }),
        chars: library.styledCharsFromTokens(library.tokenize(string)),
        cells: library.styledCharsToString(cellsOf(string))
      })
      expect(by(light)).toEqual(by(original))
    })
  )
})

it("lays out as Yoga itself does", () => {
  const layout = ({ Yoga }: typeof original) => {
    const root = Yoga.Node.create()
    root.setWidth(100)
    root.setFlexDirection(Yoga.FLEX_DIRECTION_ROW)
    const grows = Yoga.Node.create()
    grows.setFlexGrow(1)
    grows.setHeight("50%")
    const measured = Yoga.Node.create()
    measured.setMeasureFunc((width) => ({ width: Math.min(width, 30), height: 2 }))
    root.insertChild(grows, 0)
    root.insertChild(measured, 1)
    root.calculateLayout(undefined, 10)
    const shown = [root, grows, measured].map((node) => node.getComputedLayout())
    root.freeRecursive()
    return shown
  }
  expect(layout(light)).toEqual(layout(original))
  expect(layout(light)[1]).toMatchObject({ width: 70 })
})

it("leaves Effect's own calls in stacks by the name that Effect takes them out by", () => {
  const stackOf = (library: typeof original) => library.internalCall(() => new Error().stack)
  expect(stackOf(original)).toContain("effect_internal_function")
  expect(stackOf(light)).toContain("effect_internal_function")
})
