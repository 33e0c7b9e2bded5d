// biome-ignore-all lint/suspicious/noConsole: the console is what is captured here
import { expect, it } from "vitest"
import { captureConsole } from "../../src/ui/captureConsole.ts"

it("keeps what is printed, a bounded part of it, and puts the console back", () => {
  const { error } = console
  const release = captureConsole()
  console.error("a %s", "b")
  for (let i = 0; i < 100; i++) console.log(i)
  const lines = release()
  expect(lines[0]).toBe("a b")
  expect(lines).toHaveLength(20)
  expect(console.error).toBe(error)
})
