import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** What drives shells and screens takes longest and mostly waits: it begins first, and what is short fills the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(e2e|shell\/table)\//.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** One configuration for every height of test; end-to-end files live in test/e2e and drive the built program. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  esbuild: { jsx: "automatic" },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // .ci/run counts by the JSON report.
    reporters: process.env.TEST_REPORT ? ["default", ["json", { outputFile: process.env.TEST_REPORT }]] : ["default"],
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    // One more than there are cores: most of what runs here waits for shells and screens.
    maxWorkers: availableParallelism() + 1,
    // Of the tests of a file that may run side by side: those over a slow link (test/harness/screens.ts).
    maxConcurrency: 2,
    // A limit against hanging: what computes for two seconds needs twenty on a machine with thirty others.
    testTimeout: 60_000,
    hookTimeout: 20_000,
    // `npm run coverage`: what the product's state and services are held to. The screen and the shell are driven through
    // the built program, which is not measured here.
    coverage: {
      provider: "v8",
      include: ["src/domain/**", "src/services/**"],
      reporter: ["text", "json-summary"],
      thresholds: { lines: 90 }
    }
  }
})
