import { useEffect, useState } from "react"

/** Counts seconds while `active`, so that what shows a running time is painted again; stands still otherwise. */
export const useSeconds = (active: boolean): number => {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (!active) return
    const timer = setInterval(() => setSeconds((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [active])
  return seconds
}
