import type { BlockHeader } from "../domain/Block.ts"
import { exitText, originTitle, outcomeOf } from "../ui/blocks/blockHeader.ts"
import { formatDay, formatDuration, formatGap, formatTime, tildePath } from "../ui/blocks/format.ts"
import { visibleText } from "../ui/blocks/visibleText.ts"
import { type ExportedBlock, type ExportedStream, partsOf } from "./ExportedBlock.ts"
import { escapeHtml, styledHtml } from "./styledHtml.ts"

/** The 16 colours on a light and on a dark ground, each readable there (contrast of 4.5 and more but for black on black). */
const LIGHT =
  "#24292f #b3261e #116329 #7d4e00 #0550ae #8250df #0b6b78 #57606a #57606a #a40e26 #1a7f37 #633c01 #0969da #8250df #1b7c83 #6e7781"
const DARK =
  "#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #b1bac4 #6e7681 #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #ffffff"

const variables = (colours: string): string =>
  colours
    .split(" ")
    .map((colour, index) => `--c${index}:${colour}`)
    .join(";")

const colourClasses = Array.from(
  { length: 16 },
  (_, index) => `.f${index}{color:var(--c${index})}.b${index}{background:var(--c${index})}`
).join("")

const STYLE = `:root{color-scheme:light dark;--fg:#1f2328;--bg:#ffffff;--edge:#d1d9e0;--quiet:#59636e;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--edge:#30363d;--quiet:#9198a1;${variables(DARK)}}}
body{margin:1rem auto;max-width:90rem;padding:0 1rem;color:var(--fg);background:var(--bg);font:14px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
h1{font-size:1.2rem}
details{border:1px solid var(--edge);border-left-width:4px;border-radius:4px;margin:.6rem 0}
details.success{border-left-color:var(--c2)}details.failure{border-left-color:var(--c1)}
summary{padding:.4rem .6rem;cursor:pointer;overflow-wrap:anywhere}
summary code{font:inherit;font-weight:bold;white-space:pre-wrap}
pre{margin:0;padding:.2rem .6rem .6rem;overflow-x:auto;tab-size:8;font:inherit;line-height:1.25}
.quiet{color:var(--quiet)}.bo{font-weight:bold}.di{opacity:.65}.it{font-style:italic}.hi{color:transparent}
.iv{color:var(--bg);background:var(--fg)}${colourClasses}
`

/** No script, no other file: what a command printed cannot make the page do anything, should our escaping ever fail. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

const SIGNS = { idle: "○", running: "●", success: "✓", failure: "✗", interrupted: "⊘" } as const

/** What begins the page. */
export const htmlHead = (title: string): string => {
  const text = escapeHtml(visibleText(title))
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text}</title>
<style>
${STYLE}</style>
</head>
<body>
<h1>${text}</h1>
`
}

/** What ends it. */
export const HTML_TAIL = "</body>\n</html>\n"

/** How it ended, duration, directory, time. */
const fieldsOf = (block: BlockHeader, home: string): ReadonlyArray<string> => {
  const { startTime, endTime, metadata } = block
  const state = block.status === "running" || block.status === "idle" ? block.status : exitText(block)
  return [
    state,
    startTime === null || endTime === null ? "" : formatDuration(endTime - startTime),
    tildePath(metadata.directory, home),
    startTime === null ? "" : `${formatDay(startTime)} ${formatTime(startTime)}`
  ].filter((field) => field !== "")
}

const summary = (block: BlockHeader, home: string): string => {
  const { number, name, note, pinned } = block.metadata
  const lines = block.command.replace(/\n+$/, "").split("\n").map(visibleText)
  const title = originTitle(block.metadata) ?? lines.join("\n")
  const words = [
    `${SIGNS[outcomeOf(block)]} ${number}`,
    ...(pinned === true ? ["⚑"] : []),
    ...(name === undefined ? [] : [escapeHtml(`@${visibleText(name)}`)]),
    `<code>${escapeHtml(title)}</code>`,
    `<span class="quiet">${escapeHtml(fieldsOf(block, home).join(" · "))}</span>`
  ]
  const noted = note === undefined ? "" : `<br><span class="quiet">✎ ${escapeHtml(visibleText(note))}</span>`
  return `<summary>${words.join(" ")}${noted}</summary>`
}

function* streamHtml(stream: ExportedStream, name: "stdout" | "stderr"): Generator<string> {
  let isOpen = false
  for (const part of partsOf(stream)) {
    // The parser drops one newline right behind the tag.
    if (!isOpen) yield `<pre class="${name}">\n`
    isOpen = true
    yield typeof part === "string"
      ? styledHtml(part)
      : `<span class="quiet">${escapeHtml(formatGap(part.lines, part.bytes))}</span>\n`
  }
  if (isOpen) yield "</pre>\n"
}

/** One block: its header folds it, and it comes as it is folded on the screen. */
export function* htmlBlock({ header, stdout, stderr, problem }: ExportedBlock, home: string): Generator<string> {
  const { folded, number, notices } = header.metadata
  yield `<details id="block-${number}" class="${outcomeOf(header)}"${folded ? "" : " open"}>${summary(header, home)}\n`
  if (problem !== null) yield `<pre class="quiet">${escapeHtml(visibleText(problem))}</pre>\n`
  yield* streamHtml(stdout, "stdout")
  let isFirst = true
  for (const piece of streamHtml(stderr, "stderr")) {
    yield isFirst ? `<pre class="quiet">stderr:</pre>\n${piece}` : piece
    isFirst = false
  }
  if (notices.length > 0)
    yield `<pre class="quiet">${notices.map((line) => escapeHtml(`| ${visibleText(line)}`)).join("\n")}</pre>\n`
  yield "</details>\n"
}
