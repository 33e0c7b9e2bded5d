import { signalForeground } from "./signalForeground.ts"

/**
 * Tells the program in the foreground of a shell's terminal once more that its size has changed. A program that is
 * resized while it takes the screen may lose the signal: less does between its resumption and its first read.
 *
 * @param shell pid of the shell, which is told nothing: it would draw its prompt anew
 */
export const remindSize = (shell: number): void => void signalForeground(shell, "SIGWINCH")
