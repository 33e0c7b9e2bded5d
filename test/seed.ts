import fc from "fast-check"

/**
 * Where properties begin to draw their samples, so that a run can be had again: a sample that breaks one is found when somebody looks
 * for it, not by whoever happens to change something else. `PROPERTY_SEED=random npm test` looks for one.
 */
const SEED = 20_261_122

const { PROPERTY_SEED = String(SEED) } = process.env
if (PROPERTY_SEED !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(PROPERTY_SEED) })
