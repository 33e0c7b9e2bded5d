import { holdsSecret, redact } from "../../domain/redact.ts"
import { isSecretName } from "../../domain/secretNames.ts"

/** An environment without its secrets. */
export interface StorableEnvironment {
  readonly set: Readonly<Record<string, string>>
  /** Names that were left out, sorted. */
  readonly redacted: ReadonlyArray<string>
}

/**
 * The part of the user's variables that may reach the disk: a variable is left out whole when its name or its value
 * looks like a secret. Asking twice changes nothing.
 */
export const storableEnvironment = (set: Readonly<Record<string, string>>): StorableEnvironment => {
  const kept: Array<[string, string]> = []
  const redacted: Array<string> = []
  for (const [name, value] of Object.entries(set)) {
    if (isSecretName(name) || holdsSecret(name) || holdsSecret(value)) redacted.push(redact(name).text)
    else kept.push([name, value])
  }
  return { set: Object.fromEntries(kept), redacted: redacted.sort() }
}
