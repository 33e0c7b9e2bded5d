/** Size of a terminal, in cells: the outer one, or the one a program sees. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}
