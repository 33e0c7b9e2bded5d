#!/usr/bin/env node
// Starts EffectTalk: answers what needs no program at once, and has the first picture and the shell under way while the
// rest is read.
const argv = process.argv.slice(2)

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
  const { readFileSync } = await import("node:fs")
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stdout.write(`${version}\n`)
} else {
  const plain = argv.length === 0 && process.stdin.isTTY && process.stdout.isTTY
  const early = plain ? (await import("../dist/launch.js")).launch() : null
  const { main } = await import("../dist/main.js")
  main(argv, early)
}
