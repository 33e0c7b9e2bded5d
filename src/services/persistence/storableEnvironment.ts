/**
 * Names whose values are secrets more often than not. `AUTHOR` is not `AUTH`; `KEYMAP` and its like are settings.
 */
const SECRET_NAME =
  /SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|(^|_)PASS$|KEY(?!BOARD|MAP|TIMEOUT)|CREDENTIAL|AUTH(?!OR(?!I[SZ]))|PRIVATE|COOKIE|SIGNATURE|(^|_)(DSN|PAT|JWT|OTP|PIN)$/i

/** Names that match `SECRET_NAME` and are known to be harmless: sockets and files, not secrets. */
const HARMLESS_NAMES: ReadonlySet<string> = new Set(["SSH_AUTH_SOCK", "XAUTHORITY", "LESSKEY", "LESSKEYIN"])

/** Values that give themselves away, by the issuers' own prefixes. */
const SECRET_VALUES: ReadonlyArray<RegExp> = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\b(gh[oprsu]_|github_pat_)\w{20}/, // GitHub
  /\bglpat-[\w-]{16}/, // GitLab
  /\bxox[abeoprs]-[\w-]{10}/, // Slack
  /\b(sk|rk|pk)[-_](live|test|ant|proj|or)?[-_]?\w{16}/, // Stripe, OpenAI, Anthropic
  /\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/, // AWS
  /\bAIza[\w-]{30}/, // Google
  /\bya29\.[\w-]{20}/, // Google OAuth
  /\bnpm_\w{30}/,
  /\bpypi-[\w-]{30}/,
  /\bhf_\w{20}/, // Hugging Face
  /\bdop_v1_\w{30}/, // DigitalOcean
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/, // SendGrid
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./, // JSON Web Token
  /\bBearer\s+[\w.~+/-]{16}/i,
  /:\/\/[^/\s:@]*:[^/\s@]+@/ // a password inside a URL
]

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
    const secret =
      (SECRET_NAME.test(name) && !HARMLESS_NAMES.has(name)) || SECRET_VALUES.some((pattern) => pattern.test(value))
    if (secret) redacted.push(name)
    else kept.push([name, value])
  }
  return { set: Object.fromEntries(kept), redacted: redacted.sort() }
}
