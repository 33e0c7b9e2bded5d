const BYTE_UNITS = ["kB", "MB", "GB", "TB"] as const

/** A number of bytes in powers of 1,000: `999 B`, `8.2 MB`. */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`
  let value = bytes / 1_000
  let unit = 0
  // 999.95 would print as 1000.0: it belongs to the next unit.
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${BYTE_UNITS[unit]}`
}
