import type { Session } from "../../domain/Session.ts"
import { BlockService } from "../../services/BlockService.ts"
import { SessionShell, type ShellState } from "../../services/SessionShell.ts"
import { SessionStore } from "../../services/SessionStore.ts"
import { useService, useSubscriptionRef } from "../contexts/EffectProvider.tsx"

/** The open session; the component renders again when it changes. Output is not part of it. */
export const useSession = (): Session => useSubscriptionRef(useService(SessionStore).ref)

/** What the session's shell is doing. */
export const useShellState = (): ShellState => useSubscriptionRef(useService(SessionShell).state)

/** The outputs of the session's blocks, for surfaces. */
export const useOutputs = () => useService(BlockService).outputs
