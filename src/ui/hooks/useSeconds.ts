import { useEffect, useState } from "react"

/**
 * Counts seconds while `active`, or every so many, so that what shows a time is painted again; stands still otherwise.
 */
export const useSeconds = (active: boolean, every = 1): number => {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (!active) return
    const timer = setInterval(() => setSeconds((count) => count + every), every * 1000)
    return () => clearInterval(timer)
  }, [active, every])
  return seconds
}
