import { useEffect, useState } from "react"

/** True once `active` has lasted for `milliseconds`, until it ends. */
export const useLasting = (active: boolean, milliseconds: number): boolean => {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!active) return
    const timer = setTimeout(() => setLasting(true), milliseconds)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [active, milliseconds])
  return active && lasting
}
