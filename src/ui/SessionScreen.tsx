import { useMemo, useRef, useState } from "react"
import { OpenSessions } from "../services/OpenSessions.ts"
import { App, type AppProps } from "./App.tsx"
import { SessionProvider, useService, useSubscriptionRef } from "./contexts/EffectProvider.tsx"
import { type PlaceToGo, PlaceToGoContext } from "./contexts/PlaceToGo.ts"
import { type ProgramsTerminal, useProgramRequests } from "./hooks/useProgramRequests.ts"

interface Props extends Omit<AppProps, "saving" | "greeting" | "sidebarOpen" | "setSidebarOpen" | "clipboard"> {
  /** Where the wishes of programs go. */
  readonly terminal: ProgramsTerminal
}

/** The session that is on the screen. Another one that takes its place gets a screen of its own, with its own services. */
export const SessionScreen = ({ terminal, ...props }: Props) => {
  const { open, active, news } = useSubscriptionRef(useService(OpenSessions).state)
  useProgramRequests(open, terminal)
  const { file, services } = active
  const [sidebarOpen, setSidebarOpen] = useState<boolean | null>(null)
  const placeToGo = useRef<PlaceToGo | null>(null)
  const saving = useMemo(
    () => ({ failure: () => file.status.failure, subscribe: (changed: () => void) => file.subscribe(changed) }),
    [file]
  )
  return (
    <PlaceToGoContext.Provider value={placeToGo}>
      <SessionProvider key={active.id} services={services}>
        <App
          {...props}
          clipboard={terminal.clipboard}
          saving={saving}
          greeting={news.join("; ") || null}
          sidebarOpen={sidebarOpen}
          setSidebarOpen={setSidebarOpen}
        />
      </SessionProvider>
    </PlaceToGoContext.Provider>
  )
}
