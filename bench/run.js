// Runs the benchmarks beside this file, or those named: `npm run bench -- throughput`. A benchmark `some-name.ts`
// exports `someName()`, which measures, and `report(result)`, which says it as text and whether the budgets are kept.
// Each is bundled as the product is and runs in a process of its own.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { buildOptions } from "../bin/build-options.js"

const directory = dirname(fileURLToPath(import.meta.url))
const self = fileURLToPath(import.meta.url)
// Two directories deep, as the sources are: what they find beside themselves is found from here too.
const root = dirname(directory)
const bundles = join(root, "node_modules", ".bench")

const runOne = async (name) => {
  mkdirSync(bundles, { recursive: true })
  const outfile = join(bundles, `${name}.cjs`)
  // The product's own options, but for what is built and where.
  const { plugins, outdir: _, entryPoints: __, write: ___, outExtension: ____, ...options } = buildOptions(`${root}/`)
  await build({
    ...options,
    entryPoints: [join(directory, `${name}.ts`)],
    outfile,
    plugins: plugins.filter((plugin) => plugin.name !== "replace-outputs"),
    logLevel: "warning"
  })
  const { default: module } = await import(pathToFileURL(outfile).href)
  const measure = module[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())]
  const { text, ok } = module.report(await measure())
  console.log(text)
  process.exit(ok ? 0 : 1)
}

const [flag, only] = process.argv.slice(2)
if (flag === "--one") await runOne(only)
else {
  const all = readdirSync(directory)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort()
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    console.error(`no such benchmark: ${unknown.join(", ")} (there are ${all.join(", ")})`)
    process.exit(2)
  }
  let failed = false
  for (const name of wanted.length > 0 ? wanted : all) {
    console.log(`\n${name}`)
    const { status } = spawnSync(process.execPath, ["--expose-gc", self, "--one", name], { stdio: "inherit" })
    failed ||= status !== 0
  }
  process.exit(failed ? 1 : 0)
}
