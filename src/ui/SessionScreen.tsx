import { useMemo, useState } from "react"
import { OpenSessions } from "../services/OpenSessions.ts"
import { App, type AppProps } from "./App.tsx"
import { SessionProvider, useService, useSubscriptionRef } from "./contexts/EffectProvider.tsx"

/** The session that is on the screen. Another one that takes its place gets a screen of its own, with its own services. */
export const SessionScreen = (props: Omit<AppProps, "saving" | "greeting" | "sidebarOpen" | "setSidebarOpen">) => {
  const { active, news } = useSubscriptionRef(useService(OpenSessions).state)
  const { file, services } = active
  const [sidebarOpen, setSidebarOpen] = useState<boolean | null>(null)
  const saving = useMemo(
    () => ({ failure: () => file.status.failure, subscribe: (changed: () => void) => file.subscribe(changed) }),
    [file]
  )
  return (
    <SessionProvider key={active.id} services={services}>
      <App
        {...props}
        saving={saving}
        greeting={news.join("; ") || null}
        sidebarOpen={sidebarOpen}
        setSidebarOpen={setSidebarOpen}
      />
    </SessionProvider>
  )
}
