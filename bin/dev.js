// `npm run dev`: builds dist/ from source, starts EffectTalk on this terminal, and rebuilds whenever a source changes.
// The program that runs is left alone (it holds your shell); the next start has the change. `npm run dev -- --continue`
// passes arguments on.
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { fileURLToPath } from "node:url"
import { context, formatMessages } from "esbuild"
import { buildOptions } from "./build-options.js"

const root = fileURLToPath(new URL("..", import.meta.url))

/** The errors of the latest build. They are kept until the screen is ours again. */
let errors = []
const rememberErrors = {
  name: "remember-errors",
  setup: (build) =>
    build.onEnd((result) => {
      errors = result.errors
    })
}

const options = buildOptions(root)
const builder = await context({
  ...options,
  sourcemap: true,
  logLevel: "silent",
  plugins: [...options.plugins, rememberErrors]
})
const printErrors = async () => {
  for (const message of await formatMessages(errors, { kind: "error", color: process.stderr.hasColors?.() ?? false }))
    process.stderr.write(message)
}

await builder.rebuild().catch(() => {})
if (errors.length > 0) {
  await printErrors()
  await builder.dispose()
  process.exit(1)
}
await builder.watch()

const program = spawn(
  process.execPath,
  ["--enable-source-maps", `${root}bin/effecttalk.cjs`, ...process.argv.slice(2)],
  { stdio: "inherit" }
)
// The terminal sends its signals to both of us; the program decides what they mean, and we end after it.
for (const signal of ["SIGINT", "SIGQUIT"]) process.on(signal, () => {})
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => program.kill(signal))

program.once("close", async (code, signal) => {
  await printErrors()
  await builder.dispose()
  process.exit(code ?? 128 + constants.signals[signal])
})
