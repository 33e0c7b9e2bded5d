import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { filesOfOwnProcess } from "./ownProcess.ts"

/** What takes longest, the longest first: minutes of shells that are set up one after the other, then all that drives the program. */
const LONG = [/\/test\/(shell\/table\/|e2e\/everyShell\.)/, /\/test\/(e2e|faults)\//]

/** What drives shells and screens takes longest and mostly waits: it begins first, and what is short fills the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification) => [...LONG, /^/].findIndex((pattern) => pattern.test(moduleId))
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

const ALL = ["test/**/*.test.{ts,tsx}"]
const OWN_PROCESS = filesOfOwnProcess(import.meta.dirname).map((path) => `test/${path}`)

/** One configuration for every height of test; end-to-end files live in test/e2e and drive the built program. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  esbuild: { jsx: "automatic" },
  test: {
    // Loading the libraries anew takes longer than most tests of values and trees do: these share one thread and what it has loaded.
    projects: [
      { extends: true, test: { name: "programs", include: OWN_PROCESS, pool: "forks" } },
      // What a test has spied on is restored before the next one, which may be another file's.
      {
        extends: true,
        test: { name: "values", include: ALL, exclude: OWN_PROCESS, pool: "threads", restoreMocks: true }
      }
    ],
    // .ci/run counts by the JSON report.
    reporters: process.env.TEST_REPORT ? ["default", ["json", { outputFile: process.env.TEST_REPORT }]] : ["default"],
    setupFiles: ["test/seed.ts"],
    sequence: { sequencer: LongestFirst },
    poolOptions: {
      // One more than there are cores: each test drives programs of its own, and the more wait for a core, the later all are.
      forks: { maxForks: availableParallelism() + 1, minForks: 1 },
      // As many at least as at most: an idle thread that is not kept is ended twice, which ends the run (tinypool 1.1).
      threads: { maxThreads: 1, minThreads: 1, isolate: false }
    },
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
