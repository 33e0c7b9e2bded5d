import { readFileSync } from "node:fs"

// Ink asks for react-devtools-core when DEV is set; an external import of it would crash the bundle at start.
const devtoolsStub = {
  name: "devtools-stub",
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: "devtools", namespace: "stub" }))
    build.onLoad({ filter: /.*/, namespace: "stub" }, () => ({ contents: "export default {}" }))
  }
}

/** esbuild's options for dist/, shared by `npm run build` and `npm run dev`. */
export const buildOptions = (root) => ({
  absWorkingDir: root,
  entryPoints: ["src/main.ts", "src/launch.ts"],
  outdir: "dist",
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
  plugins: [devtoolsStub]
})
