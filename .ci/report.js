// Reads vitest's JSON report and the exit status of the test command; names what failed and what was skipped, and ends
// with the line "N passed, N failed".
import { readFileSync } from "node:fs"
import { relative } from "node:path"

const [path, exitStatus] = process.argv.slice(2)

const readReport = () => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return { testResults: [] } // installing, building, type checking or linting failed: no test has run
  }
}

const { testResults } = readReport()
const tests = testResults.flatMap((file) => file.assertionResults)
const named = (status) => tests.filter((test) => test.status === status).map((test) => test.fullName)
// A file that could not be loaded has no tests to fail.
const brokenFiles = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)

const passed = named("passed").length
const failed = [...named("failed"), ...brokenFiles.map((file) => relative(".", file.name))]
const skipped = tests
  .filter((test) => test.status !== "passed" && test.status !== "failed")
  .map((test) => test.fullName)
if (exitStatus !== "0" && failed.length === 0) failed.push("the test command itself (see above)")

for (const name of failed) process.stdout.write(`failed: ${name}\n`)
for (const name of skipped) process.stdout.write(`skipped: ${name}\n`)
process.stdout.write(`${passed} passed, ${failed.length} failed\n`)
process.exitCode = failed.length > 0 || skipped.length > 0 || passed === 0 ? 1 : 0
