import { createHash } from "node:crypto"
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { lightDependencies } from "./light-dependencies.js"

// What src/loadProgram.ts knows a program's code cache by. A build with source maps has none and is loaded by `require`,
// which is what reads them.
const buildLine = (contents) => `//# build=${createHash("sha256").update(contents).digest("hex")}\n`

// A program may start at any moment while `npm run dev` or a test builds: it finds the old file or the new one, whole.
const replaceOutputs = {
  name: "replace-outputs",
  setup(build) {
    build.onEnd(({ errors, outputFiles }) => {
      if (errors.length > 0) return
      for (const { path, contents } of outputFiles) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(`${path}.${process.pid}`, contents)
        if (!build.initialOptions.sourcemap && path.endsWith(".cjs"))
          appendFileSync(`${path}.${process.pid}`, buildLine(contents))
        renameSync(`${path}.${process.pid}`, path)
      }
      const outdir = join(build.initialOptions.absWorkingDir, build.initialOptions.outdir)
      const current = new Set(outputFiles.map(({ path }) => basename(path)))
      for (const name of readdirSync(outdir)) if (!current.has(name)) rmSync(join(outdir, name), { force: true })
    })
  }
}

// `require("./dist/config.js")` of scripts: a CommonJS file named .js, which the package's own type would make an ES module.
// Not minified, because Node prints the line that threw, and for a wrong configuration that is all a script's log has.
const configEntry = {
  name: "config-entry",
  setup(build) {
    const { absWorkingDir, outdir, target, define, banner, external } = build.initialOptions
    build.onEnd(async (result) => {
      // Who has esbuild write the files builds a program of his own.
      if (result.errors.length > 0 || result.outputFiles === undefined) return
      const shared = { absWorkingDir, outdir, target, define, banner, external, write: false, logLevel: "silent" }
      const { outputFiles } = await build.esbuild.build({
        ...shared,
        entryPoints: ["src/config.ts"],
        bundle: true,
        platform: "node",
        format: "cjs",
        legalComments: "none"
      })
      const manifest = Buffer.from(`${JSON.stringify({ type: "commonjs" })}\n`)
      result.outputFiles.push(...outputFiles, { path: join(absWorkingDir, outdir, "package.json"), contents: manifest })
    })
  }
}

/** esbuild's options for dist/, shared by `npm run build` and `npm run dev`. */
export const buildOptions = (root) => ({
  absWorkingDir: root,
  entryPoints: ["src/start.ts", "src/launch.ts", "src/backgroundWorker.ts"],
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  platform: "node",
  // Not ES modules: V8's code cache can be kept for a script only (src/loadProgram.ts).
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  target: "node20.19",
  jsx: "automatic",
  legalComments: "none",
  external: ["node-pty"],
  // React is chosen here, never through the process environment: commands inherit that.
  define: {
    "process.env.NODE_ENV": '"production"',
    // Ink connects to React's developer tools where DEV=true is set, as it is in many a developer's shell.
    "process.env.DEV": '"false"',
    "import.meta.url": "__url",
    __VERSION__: JSON.stringify(JSON.parse(readFileSync(`${root}package.json`, "utf8")).version)
  },
  banner: {
    js: 'const __url=require("node:url").pathToFileURL(__filename).href;'
  },
  plugins: [lightDependencies(root), configEntry, replaceOutputs]
})
