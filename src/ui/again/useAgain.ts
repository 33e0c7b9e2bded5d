import { useCompare } from "../compare/useCompare.tsx"
import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { useOutside } from "../outside/useOutside.ts"
import { useRunAgain } from "./useRunAgain.ts"
import { useSignals } from "./useSignals.ts"

/** What is done with a block by programs: its command runs again or gets a signal, its output is opened outside, or compared. */
export const useAgain = (tools: FeatureTools): Feature => {
  const features = [useRunAgain(tools), useSignals(tools), useOutside(tools), useCompare(tools)]
  return {
    layer: features.find(({ layer }) => layer !== null)?.layer ?? null,
    act: (action) => features.some((feature) => feature.act(action))
  }
}
