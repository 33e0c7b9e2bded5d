import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

// Ink asks for react-devtools-core when DEV is set; an external import of it would crash the bundle at start.
const devtoolsStub = {
  name: "devtools-stub",
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: "devtools", namespace: "stub" }))
    build.onLoad({ filter: /.*/, namespace: "stub" }, () => ({ contents: "export default {}" }))
  }
}

// A program may start at any moment while `npm run dev` or a test builds: it finds the old file or the new one, whole.
const replaceOutputs = {
  name: "replace-outputs",
  setup(build) {
    build.onEnd(({ errors, outputFiles }) => {
      if (errors.length > 0) return
      for (const { path, contents } of outputFiles) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(`${path}.${process.pid}`, contents)
        renameSync(`${path}.${process.pid}`, path)
      }
      const outdir = join(build.initialOptions.absWorkingDir, build.initialOptions.outdir)
      const current = new Set(outputFiles.map(({ path }) => basename(path)))
      for (const name of readdirSync(outdir)) if (!current.has(name)) rmSync(join(outdir, name), { force: true })
    })
  }
}

/** esbuild's options for dist/, shared by `npm run build` and `npm run dev`. */
export const buildOptions = (root) => ({
  absWorkingDir: root,
  entryPoints: ["src/main.ts", "src/launch.ts"],
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  jsx: "automatic",
  legalComments: "none",
  external: ["node-pty"],
  // React is chosen here, never through the process environment: commands inherit that.
  define: {
    "process.env.NODE_ENV": '"production"',
    __VERSION__: JSON.stringify(JSON.parse(readFileSync(`${root}package.json`, "utf8")).version)
  },
  banner: {
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);'
  },
  plugins: [devtoolsStub, replaceOutputs]
})
