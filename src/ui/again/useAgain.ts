import type { Feature, FeatureTools } from "../layers/useLayers.ts"
import { useRunAgain } from "./useRunAgain.ts"
import { useSignals } from "./useSignals.ts"

/** What is done with the command of a block that is there: to run it again, to signal it. */
export const useAgain = (tools: FeatureTools): Feature => {
  const features = [useRunAgain(tools), useSignals(tools)]
  return {
    layer: features.find(({ layer }) => layer !== null)?.layer ?? null,
    act: (action) => features.some((feature) => feature.act(action))
  }
}
