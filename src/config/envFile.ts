import { parseEnv } from "node:util"
import type { ParsedFile } from "./parsedFile.ts"
import { shown } from "./shown.ts"
import { type FileProblem, PREFIX } from "./sources.ts"

const BLANK_OR_COMMENT = /^\s*(?:#|$)/
const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/

/**
 * Reads a file of `NAME=value` lines as Node's own `--env-file` does: quotes, `export` and `# remarks` after a value are
 * understood. Line by line, because no value of ours has several: so each setting knows its line, and what is no setting
 * is told instead of passed over.
 */
export const parseEnvFile = (text: string): ParsedFile => {
  const settings: Array<ParsedFile["settings"][number]> = []
  const problems: Array<FileProblem> = []
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    if (BLANK_OR_COMMENT.test(content)) continue
    const line = index + 1
    const name = ASSIGNMENT.exec(content)?.[1]
    const parsed = parseEnv(content)
    if (name === undefined || !Object.hasOwn(parsed, name)) {
      problems.push({ line, text: `"${shown(content)}" is no NAME=value` })
    } else {
      const variable = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name
      settings.push({ name, variable, value: parsed[name] ?? "", line })
    }
  }
  return { settings, problems }
}
