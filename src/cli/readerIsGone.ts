import { errorCode } from "../services/persistence/PersistenceError.ts"

/** Whether a stream could not be written because nobody reads it any more (`| head`, a closed window): no failure. */
export const readerIsGone = (cause: unknown): boolean => {
  const code = errorCode(cause)
  return code === "EPIPE" || code === "EIO" || code === "ERR_STREAM_DESTROYED"
}
