import { Text } from "ink"
import { render } from "ink-testing-library"
import { describe, expect, it } from "vitest"
import type { BlockList } from "../../../src/ui/blocks/BlockList.ts"
import { EffectProvider } from "../../../src/ui/contexts/EffectProvider.tsx"
import { type Find, useFind } from "../../../src/ui/find/useFind.ts"
import { type AsyncCommand, useAsyncCommand } from "../../../src/ui/hooks/useAsyncCommand.ts"
import { useBlockList } from "../../../src/ui/hooks/useBlockList.ts"
import type { FeatureTools } from "../../../src/ui/layers/useLayers.ts"
import { plainTheme } from "../../../src/ui/theme.ts"
import { eventually } from "../../harness/eventually.ts"
import { fakeServices } from "../fakeServices.ts"

const FOLD = { first: 3, last: 2 }

interface Seen {
  find: Find
  list: BlockList
  commands: AsyncCommand
}

interface ProbeProps {
  readonly navigating: boolean
  readonly say: (text: string) => void
  readonly act: (action: string) => void
  readonly onRender: (seen: Seen) => void
}

const Probe = ({ navigating, say, act, onRender }: ProbeProps) => {
  const list = useBlockList(plainTheme, "/home/ada", FOLD)
  const commands = useAsyncCommand()
  // Finding asks for no more of the screen than this.
  const find = useFind({ list, theme: plainTheme, navigating, say, act } as unknown as FeatureTools)
  onRender({ find, list, commands })
  return <Text>{`message: ${find.layer?.message ?? "closed"}`}</Text>
}

/** A session that has run `echo` with each text, in a view of 40×12, and what is to find in it. */
const mount = async (...texts: ReadonlyArray<string>) => {
  const { runtime } = await fakeServices()
  const said: Array<string> = []
  let seen: Seen | undefined
  let navigating = false
  const tree = () => (
    <EffectProvider runtime={runtime}>
      <Probe
        navigating={navigating}
        say={(text) => said.push(text)}
        act={(action) => {
          if (action === "navigate") navigating = true
        }}
        onRender={(now) => {
          seen = now
        }}
      />
    </EffectProvider>
  )
  const ink = render(tree())
  for (const text of texts) await seen!.commands.executeCommand(`echo ${text}`)
  await eventually(() => expect(seen!.list.rows(40, 12, 0).join("\n")).toContain(texts.at(-1)!))
  const key = (name: string) =>
    seen!.find.layer!.onEvent({ type: "key", name, sequence: "" } as Parameters<
      NonNullable<Find["layer"]>["onEvent"]
    >[0])
  return {
    said,
    key,
    find: () => seen!.find,
    list: () => seen!.list,
    write: (text: string) =>
      seen!.find.layer!.onEvent({ type: "paste", text } as Parameters<NonNullable<Find["layer"]>["onEvent"]>[0]),
    rerender: () => ink.rerender(tree()),
    shows: (message: string) => eventually(() => expect(ink.lastFrame()).toBe(`message: ${message}`.trimEnd()))
  }
}

describe("finding in the session", () => {
  it("counts hits from the end and selects the nearest, then the next above and below", async () => {
    const world = await mount("needle one", "hay", "needle two")
    world.find().act("find")
    await world.shows("")
    world.write("needle")
    // Each stands in its command and in its output.
    await world.shows("1 of 4")
    expect(world.list().selectedBlock?.command).toBe("echo needle two")
    world.key("up")
    await world.shows("2 of 4")
    world.key("up")
    await world.shows("3 of 4")
    expect(world.list().selectedBlock?.command).toBe("echo needle one")
    world.key("down")
    await world.shows("2 of 4")
    world.key("down")
    world.key("down")
    // Round from the other end.
    await world.shows("4 of 4")
  })

  it("says so where there is no hit, and has nothing selected once it is left", async () => {
    const world = await mount("needle")
    world.find().act("find")
    await world.shows("")
    world.write("pin")
    await world.shows("no match")
    world.key("escape")
    await world.shows("closed")
    expect([world.list().selected, world.list().marked]).toEqual([null, false])
  })

  it("goes on while navigating, with the count, and forgets its marks when that ends", async () => {
    const world = await mount("needle one", "needle two")
    expect(world.find().act("findOlder")).toBe(true)
    expect(world.said.pop()).toBe("Nothing was searched for yet: / finds")
    world.find().act("find")
    await world.shows("")
    world.write("needle")
    await world.shows("1 of 4")
    world.key("enter")
    world.rerender()
    await world.shows("closed")
    await eventually(() => expect(world.said.at(-1)).toBe("1 of 4: n goes up, N down"))
    expect(world.list().marked).toBe(true)
    world.find().act("findOlder")
    await eventually(() => expect(world.said.at(-1)).toBe("2 of 4: n goes up, N down"))
    expect(world.find().act("help")).toBe(false)
  })
})
