import type { OutputStream } from "../domain/Block.ts"
import type { BlockId } from "../domain/ids.ts"
import type { ShellDriver } from "../shell/ShellDriver.ts"
import type { BlockStore } from "../terminal/BlockStore.ts"
import type { TerminalSize } from "../terminal/TerminalSize.ts"

/** Unparsed output above which the program is paused, in bytes. */
const BACKLOG_HIGH_BYTES = 512 * 1024
/** Unparsed output below which a paused program goes on, in bytes. */
const BACKLOG_LOW_BYTES = 128 * 1024

/** Sizes what a block prints to, of both streams. */
export const resizeOutputs = (outputs: BlockStore, id: BlockId, { columns, rows }: TerminalSize): void => {
  outputs.live(id)?.resize(columns, rows)
  outputs.live(id, "stderr")?.resize(columns, rows)
}

/**
 * Opens the output of a block whose command runs in a shell: what its emulator answers goes to that shell's terminal, and
 * a program that prints faster than its output is parsed is paused.
 *
 * @param driver gives the shell that runs it: a session's is another one after a restart
 * @param stream `stderr` for the second output of a command that has it apart; what it asks there is answered on its keyboard
 */
export const openLiveOutput = (
  outputs: BlockStore,
  id: BlockId,
  size: TerminalSize,
  driver: () => Pick<ShellDriver, "reply" | "pause" | "resume">,
  stream: OutputStream = "stdout"
): void => {
  let paused = false
  outputs.open(
    id,
    size,
    (reply) => driver().reply(reply),
    (backlog) => {
      if (!paused && backlog > BACKLOG_HIGH_BYTES) driver().pause(stream)
      else if (paused && backlog < BACKLOG_LOW_BYTES) driver().resume(stream)
      else return
      paused = !paused
    },
    stream
  )
}
