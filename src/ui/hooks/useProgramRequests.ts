import * as Context from "effect/Context"
import { useEffect } from "react"
import { BlockService } from "../../services/BlockService.ts"
import type { OpenSession } from "../../services/OpenSessions.ts"
import type { OuterTerminal } from "../../terminal/OuterTerminal.ts"
import type { ClipboardDesk } from "../ClipboardDesk.ts"

/** The user's terminal, as far as programs may ask something of it. */
export interface ProgramsTerminal extends Pick<OuterTerminal, "bell" | "askColor"> {
  readonly clipboard: ClipboardDesk
}

/** Carries what the programs of all open sessions want of the user's terminal there, whichever session is on the screen. */
export const useProgramRequests = (open: ReadonlyArray<OpenSession>, terminal: ProgramsTerminal): void => {
  useEffect(() => {
    const stops = open.map(({ services, file }) =>
      Context.get(services, BlockService).outputs.onRequest((block, request) => {
        if (request.type === "bell") terminal.bell()
        else if (request.type === "color") terminal.askColor(request.name, request.answer)
        else {
          const command = () => file.session.blocks.findLast(({ id }) => id === block)?.command ?? ""
          terminal.clipboard.take({ ...request, block, command })
        }
      })
    )
    return () => {
      for (const stop of stops) stop()
    }
  }, [open, terminal])
}
