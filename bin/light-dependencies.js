// What dependencies do on the way to the first frame, done later or not at all: each entry here is a measured part of the
// time to the first frame (docs/decisions/0005-start-up.md). An edit whose text is gone fails the build, so that an
// update of a package is looked at.
import { readFileSync } from "node:fs"
import { join } from "node:path"

const SEGMENTER = /new Intl\.Segmenter\((undefined, ?\{ ?granularity: ?['"]grapheme['"] ?\})?\)/
/** `src/terminal/lightSegmenter.ts` behaves as the segmenter it stands for, without loading ICU's tables. */
const lightSegmenter = { edits: [[SEGMENTER, "lightSegmenter"]], imports: ["lightSegmenter"] }

/** By the end of the file's path. */
const LIGHT = {
  // Its devtools (with `ws`) would be loaded for DEV=true in the user's environment, and need top-level await.
  "ink/build/reconciler.js": {
    edits: [
      ["await import('./devtools.js')", "undefined"],
      ["await loadPackageJson()", "{ name: undefined, version: undefined }"]
    ]
  },
  // It would fetch() its WebAssembly from a data: address, which loads the HTTP client, and wait for it.
  "yoga-layout/dist/src/index.js": {
    edits: [["wrapAssembly(await loadYoga())", "wrapAssembly(instantiate(loadYoga))"]],
    prelude: `
      import wasm from "yoga.wasm"
      const instantiate = (load) => {
        const library = {
          instantiateWasm: (imports, receive) => {
            const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), imports)
            receive(instance)
            return instance.exports
          }
        }
        load(library)
        return library
      }`
  },
  "yoga-layout/dist/binaries/yoga-wasm-base64-esm.js": { edits: [[/(?<=octet-stream;base64,)[A-Za-z0-9+/=]+/, ""]] },
  // `\p{RGI_Emoji}` alone takes as long as Node's own start.
  "node_modules/string-width/index.js": {
    edits: [...lightSegmenter.edits, [/\/\^\\p\{RGI_Emoji\}\$\/v/, "rgiEmoji"]],
    imports: ["lightSegmenter", "rgiEmoji"]
  },
  "wrap-ansi/node_modules/string-width/index.js": lightSegmenter,
  "slice-ansi/tokenize-ansi.js": lightSegmenter,
  "@alcalzone/ansi-tokenize/build/tokenize.js": lightSegmenter,
  // Ink turns each cell of a frame into text: most are blank, with no style on either side and nothing to find out.
  "@alcalzone/ansi-tokenize/build/styledChars.js": {
    edits: [
      [
        /else \{(?=\s*ret \+= ansiCodesToString\(diffAnsiCodes\(chars\[i - 1\]\.styles, char\.styles\)\);)/,
        "else if (chars[i - 1].styles.length > 0 || char.styles.length > 0) {"
      ]
    ]
  },
  // It writes out a stack to see whether the function is still called by its name. It is (test/bin holds that against the
  // product), and to number the stack's lines V8 reads over the whole program once more.
  "effect/dist/esm/Utils.js": {
    edits: [
      [
        /standard\.effect_internal_function\(\(\) => new Error\(\)\.stack\)\?\.includes\("effect_internal_function"\) === true/,
        "true"
      ]
    ]
  }
}

const entryOf = (path) => {
  // The longest end names the file most exactly.
  const ends = Object.keys(LIGHT).filter((end) => path.endsWith(`/${end}`))
  return LIGHT[ends.sort((a, b) => b.length - a.length)[0]]
}

const edited = (path, { edits, imports = [], prelude = "" }, root) => {
  const before = readFileSync(path, "utf8")
  const after = edits.reduce((text, [from, to]) => {
    const next = text.replace(from, () => to)
    if (next === text) throw new Error(`${path} has no ${from} any more: see bin/light-dependencies.js`)
    return next
  }, before)
  const light = JSON.stringify(join(root, "src/terminal/lightSegmenter.ts"))
  return `${imports.length > 0 ? `import { ${imports.join(", ")} } from ${light}\n` : ""}${prelude}\n${after}`
}

/** esbuild plugin: the edits above, as the files are read. */
export const lightDependencies = (root) => ({
  name: "light-dependencies",
  setup(build) {
    build.onLoad({ filter: /node_modules\/.*\.js$/, namespace: "file" }, ({ path }) => {
      const entry = entryOf(path)
      return entry === undefined ? undefined : { contents: edited(path, entry, root) }
    })
    build.onResolve({ filter: /^yoga\.wasm$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "../binaries/yoga-wasm-base64-esm.js"),
      namespace: "wasm"
    }))
    build.onLoad({ filter: /.*/, namespace: "wasm" }, ({ path }) => ({
      contents: Buffer.from(/octet-stream;base64,([A-Za-z0-9+/=]+)/.exec(readFileSync(path, "utf8"))[1], "base64"),
      loader: "binary"
    }))
  }
})
