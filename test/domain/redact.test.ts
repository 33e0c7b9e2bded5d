import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { assert, describe, expect, it } from "vitest"
import { REDACTED, Redactor, redact } from "../../src/domain/redact.ts"
import { SECRET_PATTERNS } from "../../src/domain/secretPatterns.ts"
import { plain } from "../../src/terminal/sanitise.ts"
import { AROUND, hex, long, SAMPLES } from "./secretSamples.ts"

describe("keys and tokens by their marks", () => {
  it("has a sample and a source for every kind, at least thirty", () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(SECRET_PATTERNS.map(({ kind }) => kind).sort())
    expect(SECRET_PATTERNS.length).toBeGreaterThanOrEqual(30)
    for (const { source, pattern } of SECRET_PATTERNS) {
      expect(source).not.toBe("")
      expect(pattern.global).toBe(true)
    }
  })

  it.each(SECRET_PATTERNS.map(({ kind }) => kind))("takes out: %s", (kind) => {
    const sample = SAMPLES[kind]!
    const [before, after] = AROUND[kind] ?? ["", ""]
    for (const [head, tail] of [
      ["", ""],
      ["said: ", " and more"],
      ["(", ")"],
      ['x="', '"']
    ] as const)
      assert.deepStrictEqual(redact(`${head}${before}${sample}${after}${tail}\n`), {
        text: `${head}${before}${REDACTED}${after}${tail}\n`,
        count: 1
      })
    // Colours in the middle of it hide nothing, and go on after it.
    const half = sample.length >> 1
    const styled = `a ${before}\x1b[1m${sample.slice(0, half)}\x1b[31m${sample.slice(half)}${after}\x1b[0m b`
    assert.deepStrictEqual(redact(styled), {
      text: `a ${before}\x1b[1m${REDACTED}\x1b[31m${after}\x1b[0m b`,
      count: 1
    })
  })

  it("finds several in one line, and one that two rules see once", () => {
    const token = SAMPLES["GitHub token"]!
    expect(redact(`${token} GITHUB_TOKEN=${token} https://ada:${token}@github.com/x`)).toEqual({
      text: `${REDACTED} GITHUB_TOKEN=${REDACTED} https://ada:${REDACTED}@github.com/x`,
      count: 3
    })
  })

  it("takes away a link whose address holds one, and leaves its text", () => {
    const link = (address: string) => `\x1b]8;;${address}\x1b\\here\x1b]8;;\x1b\\`
    expect(redact(link("https://ada:hunter2@example.org"))).toEqual({ text: "here\x1b]8;;\x1b\\", count: 1 })
    expect(redact(link("https://example.org"))).toEqual({ text: link("https://example.org"), count: 0 })
  })
})

describe("values by their names", () => {
  it.each([
    ["DB_PASSWORD=hunter2", `DB_PASSWORD=${REDACTED}`],
    ["export GITHUB_TOKEN='a b c d'", `export GITHUB_TOKEN='${REDACTED}'`],
    ["mysql --password=geheim -u ada", `mysql --password=${REDACTED} -u ada`],
    ['{"password":"hunter2","user":"ada"}', `{"password":"${REDACTED}","user":"ada"}`],
    ['"clientSecret" : "s3cr", ', `"clientSecret" : "${REDACTED}", `],
    ['"{\\"api_key\\":\\"hunter22\\"}"', `"{\\"api_key\\":\\"${REDACTED}\\"}"`],
    [`aws_secret_access_key = wJalr/XUt7nFEMI+K7MDE4bPxR8fiCY`, `aws_secret_access_key = ${REDACTED}`],
    [`  api-key: x8Kp2mQ9vL4nR7tW`, `  api-key: ${REDACTED}`],
    [`SSH_KEY=x8Kp2mQ9vL4nR7tW`, `SSH_KEY=${REDACTED}`],
    [`API_KEY=${hex.slice(0, 32)}`, `API_KEY=${REDACTED}`],
    ["PGPASSWORD=0123 psql", `PGPASSWORD=0123 psql`],
    ["password=\x1b[31mhun\x1b[32mter2\x1b[0m!", `password=\x1b[31m${REDACTED}\x1b[32m\x1b[0m`]
  ])("%s", (text, expected) => assert.strictEqual(redact(text).text, expected))
})

/** What commands print every day. */
const ORDINARY = [
  `commit ${hex.slice(0, 40)} (HEAD -> main)`,
  `sha256:${hex.slice(0, 64)}  file.tar.gz`,
  "integrity sha512-9tK3lqN0xZ8pVtYbE5cJQ2hWfUoR7mS1aDgK4iLwPzXn6vTqBrCyEeHsMjNuOdAkFgGlIxQwZ0VbYpTrS2mU8Q==",
  "id 014df517-39d1-4453-b7b3-9930c563627c",
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  `cache_key=${hex.slice(0, 40)}`,
  "idempotency-key: 014df517-39d1-4453-b7b3-9930c563627c",
  "Password: ",
  "error: unexpected token: expected ';' before 'return'",
  "max_tokens=4096 tokens=1234",
  "sort_key=created_at primary_key=customer_id",
  "keyboard=us KEYMAP=de_latin1-nodeadkeys",
  "author=Ada Lovelace <ada@example.org>",
  "SSH_AUTH_SOCK=/run/user/1000/keyring/ssh",
  "ssl_certificate_key /etc/ssl/private/key.pem; IdentityFile=~/.ssh/id_ed25519",
  `TOKEN=$GITHUB_TOKEN password=${"$"}{DB_PASSWORD} secret=<your secret> token=***`,
  "password: true, secret: null, token=undefined",
  "http://localhost:3000/api?x=1 ssh://git@example.org:2222/x.git git@github.com:a/b.git",
  "curl: (6) Could not resolve host: example.org:443@x",
  "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6y7aFz ada@host",
  "kernel: sk_wait_data_something_long sk_buff_head_init",
  "risk-assessment-of-the-whole-programme task-runner-with-a-long-name",
  "drwxr-xr-x 2 ada ada 4096 2026-08-05 12:00 node_modules",
  "npm_config_registry=https://registry.example.org npm_lifecycle_event=test",
  "Authorization: Bearer <token>",
  "token: 2026-08-05T12:00:00.000Z signature: v1.2.3-rc.4",
  `run: 'read -s -p "password: " x; echo "[$x]"', readSecret: 'read -s x; echo "$x"'`,
  "AUTH PLAIN LOGIN; X-Auth-Version: 2",
  "Found key 'name' at index 12; key: value; pin=1234",
  "const key = Object.keys(secrets)[0]; token = next_token()"
]

it.each(ORDINARY)("leaves ordinary output alone: %s", (text) =>
  assert.deepStrictEqual(redact(text), { text, count: 0 })
)

/** By the rows of the table in docs/security.md: what is not found, and so is stored. */
const UNKNOWN: Readonly<Record<string, string>> = {
  "a password by itself": "hunter2-Tr0ub4dor&3",
  "40 hexadecimal digits": hex.slice(0, 40),
  "a UUID": "014df517-39d1-4453-b7b3-9930c563627c",
  "random base64 without a name": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ4e+aD9kT",
  "a passphrase of several words": "correct horse battery staple",
  "a PIN or one-time code": "PIN=123456",
  "a base32 seed of one-time codes": "JBSWY3DPEHPK3PXPJBSWY3DP",
  "a card or account number": "4111 1111 1111 1111",
  "a secret that is encoded once more": Buffer.from(SAMPLES["GitHub token"]!).toString("base64"),
  "a secret over two lines": `${SAMPLES["GitHub token"]!.slice(0, 20)}\n${SAMPLES["GitHub token"]!.slice(20)}`
}

it("does not find what has neither mark nor name, as docs/security.md says", () => {
  const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8")
  const [, table = ""] = page.split("### What is not found, and so is stored")
  const rows = [...table.split("\n## ")[0]!.matchAll(/^\| (a |\d|r)([^|]*?) \|/gm)].map(([row]) => row.slice(2, -2))
  expect(rows).toEqual(Object.keys(UNKNOWN))
  for (const text of Object.values(UNKNOWN)) assert.deepStrictEqual(redact(text), { text, count: 0 })
})

const body = Array.from({ length: 6 }, () => long.slice(0, 64))
const key = (kind: string, lines: ReadonlyArray<string> = body) =>
  [`-----BEGIN ${kind}PRIVATE ${"KEY"}-----`, ...lines, `-----END ${kind}PRIVATE ${"KEY"}-----`].join("\n")

describe("private keys", () => {
  it("lose their bodies line by line, and count once", () => {
    const redacted = key(
      "RSA ",
      body.map(() => REDACTED)
    )
    expect(redact(`a\n${key("RSA ")}\nb ${hex}\n`)).toEqual({ text: `a\n${redacted}\nb ${hex}\n`, count: 1 })
  })

  it("lose them also with headers, behind a diff's sign, in one line of JSON, and without an end", () => {
    const encrypted = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", "", ...body]
    expect(redact(key("RSA ", encrypted)).text).not.toContain(body[0]!)
    const diff = key("OPENSSH ").replaceAll(/^/gm, "+    ")
    expect(redact(diff).text).not.toContain(body[0]!)
    expect(redact(diff).text.split("\n")[1]).toBe(`+    ${REDACTED}`)
    const json = JSON.stringify({ key: key("") })
    expect(redact(json).text).not.toContain(body[0]!)
    expect(redact(json).text).toMatch(/^\{"key":".*PRIVATE KEY-----"\}$/)
    const cut = `${key("EC ").split("\n").slice(0, 4).join("\n")}\n$ ls -l\nREADME\n`
    expect(redact(cut).text).toBe(
      `-----BEGIN EC PRIVATE ${"KEY"}-----\n${REDACTED}\n${REDACTED}\n${REDACTED}\n$ ls -l\nREADME\n`
    )
  })
})

const KINDS = Object.entries(SAMPLES).map(([kind, sample]) => (AROUND[kind] ?? ["", ""]).join(sample))

/** Lines that hold secrets, or nearly. */
const fragment = fc.oneof(
  fc.constantFrom(...KINDS, ...ORDINARY, ...ORDINARY.map((line) => line.slice(3)), key("")),
  fc.constantFrom("password=", "TOKEN: ", '"', "'", "://ada:", "@host", REDACTED, " ", "\n", "Bearer ", "[", "]"),
  fc.string(),
  fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b]8;;https://example.org\x1b\\", "\x1b]8;;\x1b\\")
)
const text = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(""))
/** The same with what a private key begins and ends with, by itself, and with secrets that are cut. */
const cutText = fc
  .array(
    fc.oneof(
      fragment,
      fc.constantFrom(
        `-----BEGIN PRIVATE ${"KEY"}-----`,
        `-----END PRIVATE ${"KEY"}-----`,
        "\\",
        '\\"',
        "Ab3x",
        "=",
        ":"
      ),
      fc.constantFrom(...KINDS.map((given) => given.slice(0, given.length >> 1)))
    ),
    { maxLength: 12 }
  )
  .map((parts) => parts.join(""))

describe("secrets within what is around a secret", () => {
  it("go with it as one, to the end of the value", () => {
    for (const given of ["token=***://ada:;@", "token=***://ada:p;w@host"]) {
      expect(redact(given)).toEqual({ text: `token=${REDACTED}`, count: 1 })
      expect(redact(`token=${REDACTED}`)).toEqual({ text: `token=${REDACTED}`, count: 0 })
    }
  })
})

describe("whatever the text", () => {
  it("redacting twice changes nothing", () => {
    fc.assert(
      fc.property(text, (given) => {
        const once = redact(given).text
        assert.deepStrictEqual(redact(once), { text: once, count: 0 })
      }),
      { numRuns: 1000 }
    )
  })

  it("the styled text loses what the plain one loses, and no line", () => {
    fc.assert(
      fc.property(text, (given) => {
        const styled = redact(given)
        // A link's address is only in the styled text.
        const unlinked = given.replaceAll(/\x1b\]8;;.*?\x1b\\/g, "")
        assert.strictEqual(redact(unlinked).text.replaceAll(/\x1b\[\d+m/g, ""), redact(plain(unlinked)).text)
        assert.strictEqual(styled.text.split("\n").length, given.split("\n").length)
      }),
      { numRuns: 1000 }
    )
  })

  it("pieces of whole lines give what the whole gives", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 4 }), (given, places) => {
        const lines = given.split(/(?<=\n)/)
        const redactor = new Redactor()
        const cuts = [...new Set([0, ...places.map((place) => place % (lines.length + 1)), lines.length])].sort(
          (one, other) => one - other
        )
        const pieces = cuts.slice(1).map((cut, index) => lines.slice(cuts[index], cut).join(""))
        const whole = redact(given)
        assert.strictEqual(pieces.map((piece) => redactor.redact(piece)).join(""), whole.text)
        assert.strictEqual(redactor.count, whole.count)
      }),
      { numRuns: 1000 }
    )
  })

  it("random bytes as base64 or hex, in whole blocks, are nobody's secret", () => {
    for (let turn = 0; turn < 200; turn++) {
      const bytes = randomBytes(300)
      for (const encoding of ["hex", "base64"] as const) {
        const given = bytes.toString(encoding)
        assert.strictEqual(redact(given).text, given)
      }
    }
  })

  it("reads no text again and again, whatever it is made of", () => {
    for (const piece of ["KEY=", "eyJ-", "-----BEGIN ", "://a:"])
      expect(redact(piece.repeat(300_000 / piece.length)).count, piece).toBe(0)
    // A value without an end is one: as much of it as tells is looked at, and all of it taken out.
    expect(redact(`TOKEN=${"a1B2".repeat(1000)} x`).text).toBe("TOKEN=[redacted] x")
  })

  it("what is known of an unfinished line is a beginning of what is known of it once it is finished", () => {
    const line = cutText.map((given) => given.replaceAll("\n", " "))
    fc.assert(
      fc.property(cutText, line, fc.nat(), (before, given, place) => {
        const redactor = new Redactor()
        redactor.redact(`${before}\n`)
        const { state } = redactor
        const cut = place % (given.length + 1)
        // A sequence is whole: lines are made of cells.
        fc.pre(!/\x1b[^m\\]*$/.test(given.slice(0, cut)))
        const { text: known, held } = redactor.unfinished(given.slice(0, cut))
        assert.deepStrictEqual(redactor.state, state)
        const whole = redactor.redact(`${given}\n`)
        assert.strictEqual(whole.slice(0, known.length), known)
        assert.isAtMost(held, 4096 + given.length - plain(given).length)
      }),
      { numRuns: 2000 }
    )
  })

  const shown = (line: string) => new Redactor().unfinished(line)

  it("holds nothing back of a line whose end can be no part of a secret", () => {
    for (const line of [
      "no newline",
      "Downloading 45%",
      "progress 1234",
      "ada@host:~$ ",
      "[sudo] password for ada: ",
      "building [####    ] 12/40",
      "http://localhost:3000/v1",
      "Overwrite file.txt? (y/N)",
      "ETA 00:12:34,",
      "desk- task-runner-with-names",
      "author: Ada"
    ])
      assert.deepStrictEqual(shown(line), { text: line, count: 0, held: 0 })
  })

  it("holds back what may be the beginning of a secret, and no more than 4 KB of a longer word", () => {
    for (const [known, held] of [
      ["token ", "gh"],
      ["path=/x/", "ghp_Ab3x"],
      ["at ", "sk-learn"],
      ["http://localhost:", "3000"],
      ["authorization: basic  ", "dXNl"],
      ["DB_PASSWORD=", "hun"],
      ["x PASSWORD=", '"correct horse bat'],
      ["x PASSWORD=", '\\"correct" horse '],
      [`-----BEGIN PRIVATE ${"KEY"}-----`, " Ab"],
      ["12345678:", "A"]
    ] as const)
      assert.deepStrictEqual(shown(known + held), { text: known, count: 0, held: held.length })
    assert.deepStrictEqual(shown(`${SAMPLES["GitHub token"]} \x1b[31mgh`), {
      text: `${REDACTED} `,
      count: 1,
      held: 7
    })
    assert.strictEqual(shown(`eyJ${"x".repeat(4500)}`).held, 4096)
    // What is being taken out already is not cut in two.
    const before = `${"x".repeat(3000)}/`
    assert.strictEqual(shown(`${before}${SAMPLES["GitHub token"]}${"-".repeat(4080)}`).text, before)
  })

  it("takes out of what it gives what the line so far says, not what its part before the end would say", () => {
    const line = `cache_key=${hex.slice(0, 40)}apassword=${SAMPLES["AWS access key id"]}!;`
    assert.strictEqual(shown(line).text, `cache_key=${hex.slice(0, 40)}apassword=`)
  })

  it("holds back every line of a private key until it is whole", () => {
    const redactor = new Redactor()
    redactor.redact(`-----BEGIN PRIVATE ${"KEY"}-----\n`)
    assert.deepStrictEqual(redactor.unfinished("Ab3x "), { text: "", count: 0, held: 5 })
  })

  it("knows every kind by a mark that it begins with, or says what else it begins like", () => {
    for (const { kind, hints, begun } of SECRET_PATTERNS) {
      const [before] = AROUND[kind] ?? ["", ""]
      const sample = SAMPLES[kind]!
      if (begun === undefined) assert.isTrue(before === "" && hints.some((hint) => sample.startsWith(hint)), kind)
      for (let length = 1; length <= sample.length; length++)
        assert.strictEqual(shown(`said: ${before}${sample.slice(0, length)}`).text, `said: ${before}`, kind)
    }
  })
})
