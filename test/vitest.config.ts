import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** One configuration for every height of test; end-to-end files live in test/e2e and drive the built program. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  esbuild: { jsx: "automatic" },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // .ci/run counts by the JSON report.
    reporters: process.env.TEST_REPORT ? ["default", ["json", { outputFile: process.env.TEST_REPORT }]] : ["default"],
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000
  }
})
