import type { Session } from "../../domain/Session.ts"
import { BlockService } from "../../services/BlockService.ts"
import { CommandExecutor } from "../../services/CommandExecutor.ts"
import { SessionStore } from "../../services/SessionStore.ts"
import { useService } from "../contexts/EffectProvider.tsx"
import { useSession } from "./useSession.ts"

/** The session on the screen and the services that act on it. */
export interface EffectTalk {
  readonly session: Session
  readonly sessionStore: typeof SessionStore.Service
  readonly blockService: typeof BlockService.Service
  readonly commandExecutor: typeof CommandExecutor.Service
}

/** Everything about the session on the screen; the component renders again when the session changes. */
export const useEffectTalk = (): EffectTalk => ({
  session: useSession(),
  sessionStore: useService(SessionStore),
  blockService: useService(BlockService),
  commandExecutor: useService(CommandExecutor)
})
