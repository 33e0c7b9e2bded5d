import type { Block } from "../../domain/Block.ts"
import { Redactor } from "../../domain/redact.ts"
import type { SessionDocument } from "../../domain/Session.ts"
import { redactTexts } from "./redactTexts.ts"
import { storableEnvironment } from "./storableEnvironment.ts"

/** Characters looked through in one turn of the event loop; a line is not divided. */
const TURN_CHARACTERS = 131_072

/** A whole session as it may be stored: every text without secrets, variables that look like one left out by name. */
export const redactDocument = async (document: SessionDocument): Promise<SessionDocument> => {
  const { environment, blocks, metadata, ...fields } = document
  const { environments, redacted: before, ...about } = metadata
  const { set, redacted } = storableEnvironment(environment)
  const names = [...(before ?? []), ...redacted]
  const stored: Array<Block> = []
  for (const block of blocks) stored.push(await redactBlock(block))
  return {
    ...redactTexts(fields).value,
    environment: set,
    metadata: {
      ...redactTexts(about).value,
      ...(names.length > 0 && { redacted: names }),
      ...(environments !== undefined && {
        environments: environments.map((one) => {
          const storable = storableEnvironment(one.set)
          return { ...one, set: storable.set, redacted: [...one.redacted, ...storable.redacted] }
        })
      })
    },
    blocks: stored
  }
}

const redactBlock = async ({ stdout, stderr, ...header }: Block): Promise<Block> => {
  const named = redactTexts(header)
  const { name, ...metadata } = named.value.metadata
  const streams = [await redactStream(stdout), await redactStream(stderr)] as const
  const count = named.count + streams[0].count + streams[1].count + (metadata.redacted ?? 0)
  return {
    ...named.value,
    metadata: {
      ...metadata,
      // A name with a secret in it would name nothing any more.
      ...(name !== undefined && name === header.metadata.name && { name }),
      ...(count > 0 && { redacted: count })
    },
    stdout: streams[0].text,
    stderr: streams[1].text
  }
}

const redactStream = async (text: string): Promise<{ readonly text: string; readonly count: number }> => {
  const redactor = new Redactor()
  const pieces: Array<string> = []
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from + TURN_CHARACTERS)
    const to = end < 0 ? text.length : end + 1
    pieces.push(redactor.redact(text.slice(from, to)))
    from = to
    if (from < text.length) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return { text: pieces.join(""), count: redactor.count }
}
