/** The editor may take this part of the screen. */
const INPUT_SHARE = 1 / 2

/** Rows that the editor may take of a screen of `rows`, those of its prompt included. */
export const maxInputRows = (rows: number, promptRows: number): number =>
  Math.max(promptRows + 1, Math.floor(rows * INPUT_SHARE))
