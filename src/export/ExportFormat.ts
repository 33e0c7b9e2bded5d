import { extname } from "node:path"

/** Forms in which blocks leave EffectTalk. */
export const EXPORT_FORMATS = ["text", "markdown", "html", "json"] as const

/** One of them. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const BY_EXTENSION: Readonly<Record<string, ExportFormat>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".html": "html",
  ".htm": "html",
  ".json": "json"
}

/** The format of a file by the extension of its name: text for any that says nothing else. */
export const formatOf = (path: string): ExportFormat => BY_EXTENSION[extname(path).toLowerCase()] ?? "text"
