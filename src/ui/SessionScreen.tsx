import { useMemo, useRef, useState } from "react"
import { type OpenSession, OpenSessions } from "../services/OpenSessions.ts"
import { App, type AppProps } from "./App.tsx"
import { SessionProvider, useService, useSubscriptionRef } from "./contexts/EffectProvider.tsx"
import { type PlaceToGo, PlaceToGoContext } from "./contexts/PlaceToGo.ts"
import { type ProgramsTerminal, useProgramRequests } from "./hooks/useProgramRequests.ts"

interface Props
  extends Omit<AppProps, "saving" | "greeting" | "sidebarOpen" | "setSidebarOpen" | "clipboard" | "reading"> {
  /** Where the wishes of programs go. */
  readonly terminal: ProgramsTerminal
}

/** Numbers for React: a session that changes hands has other services from then on, and so another screen. */
const keys = new WeakMap<OpenSession, number>()
let lastKey = 0
const keyOf = (session: OpenSession): number => {
  const key = keys.get(session) ?? ++lastKey
  keys.set(session, key)
  return key
}

/** The session that is on the screen. Another one that takes its place gets a screen of its own, with its own services. */
export const SessionScreen = ({ terminal, ...props }: Props) => {
  const { open, active, news } = useSubscriptionRef(useService(OpenSessions).state)
  useProgramRequests(open, terminal)
  const { file, services } = active
  const [sidebarOpen, setSidebarOpen] = useState<boolean | null>(null)
  const placeToGo = useRef<PlaceToGo | null>(null)
  const saving = useMemo(
    () => ({
      failure: () => file.status.failure,
      late: () => "isLate" in file && file.isLate,
      subscribe: (changed: () => void) => file.subscribe(changed)
    }),
    [file]
  )
  return (
    <PlaceToGoContext.Provider value={placeToGo}>
      <SessionProvider key={keyOf(active)} services={services}>
        <App
          {...props}
          clipboard={terminal.clipboard}
          saving={saving}
          reading={active.reading}
          greeting={news.join("; ") || null}
          sidebarOpen={sidebarOpen}
          setSidebarOpen={setSidebarOpen}
        />
      </SessionProvider>
    </PlaceToGoContext.Provider>
  )
}
