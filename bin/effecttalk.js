#!/usr/bin/env node
// Starts EffectTalk: answers what needs no program at once, and has the first picture and the shell under way while the
// rest is read.
const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
  const { readFileSync } = await import("node:fs")
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stdout.write(`${version}\n`)
} else {
  try {
    process.cwd()
  } catch {
    // Libraries ask for the directory while they are loaded: when it is gone, the nearest above it has to do.
    const { existsSync } = await import("node:fs")
    const { dirname } = await import("node:path")
    let near = process.env.PWD?.startsWith("/") ? process.env.PWD : "/"
    while (!existsSync(near)) near = dirname(near)
    process.chdir(near)
  }
  const plain = argv.length === 0 && process.stdin.isTTY && process.stdout.isTTY
  const early = plain ? (await import("../dist/launch.js")).launch() : null
  const { main } = await import("../dist/main.js")
  main(argv, early)
}
