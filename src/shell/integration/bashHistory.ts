/** A timestamp that bash writes before an entry while HISTTIMEFORMAT is set (bash(1), HISTORY). */
const TIMESTAMP = /^#\d{4,}$/

/**
 * The commands of a bash history file, oldest first. With timestamps an entry reaches to the next one and may have
 * several lines; without, every line is an entry, as bash itself reads it.
 */
export const parseHistory = (file: Buffer): ReadonlyArray<string> => {
  const entries: Array<string> = []
  let stamped: Array<string> | null = null
  const end = () => {
    if (stamped !== null && stamped.length > 0) entries.push(stamped.join("\n"))
  }
  for (const line of file.toString("utf8").replace(/\n$/, "").split("\n")) {
    if (TIMESTAMP.test(line)) {
      end()
      stamped = []
    } else if (stamped !== null) stamped.push(line)
    else if (line !== "") entries.push(line)
  }
  end()
  return entries
}
