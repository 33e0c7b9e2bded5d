#!/usr/bin/env node
// Starts EffectTalk: answers what needs no program at once, and has the first picture and the shell under way while the
// rest is read. CommonJS, because Node's loader of ES modules alone takes a fifth of `node -e 0`.
const { dirname, join } = require("node:path")

const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
  process.stdout.on("error", ({ code, message }) => {
    if (code === "EPIPE") return
    process.exitCode = 1
    process.stderr.write(`effecttalk: standard output could not be written: ${message}\n`)
  })
  process.stdout.write(`${require("../package.json").version}\n`)
} else {
  let directoryIsGone = false
  try {
    process.cwd()
  } catch {
    directoryIsGone = true
    // Libraries ask for the directory while they are loaded: when it is gone, the nearest above it has to do.
    const { existsSync } = require("node:fs")
    let near = process.env.PWD?.startsWith("/") ? process.env.PWD : "/"
    while (!existsSync(near)) near = dirname(near)
    process.chdir(near)
  }
  const { launch, loadProgram } = require("../dist/launch.cjs")
  const early = process.stdin.isTTY && process.stdout.isTTY ? launch(argv) : null
  loadProgram(join(__dirname, "../dist")).start(argv, early, directoryIsGone)
}
