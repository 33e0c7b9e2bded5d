import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { storableEnvironment } from "../../../src/services/persistence/storableEnvironment.ts"

/** Assembled, so that no scanner takes this file for a leak. */
const long = "Ab3".repeat(14)

describe("storableEnvironment", () => {
  it.each([
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "DB_PASSWORD",
    "MYSQL_PASSWD",
    "GPG_PASSPHRASE",
    "SSH_KEY",
    "OPENAI_API_KEY",
    "apikey",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "BASIC_AUTH",
    "AUTHORIZATION",
    "SESSION_COOKIE",
    "SENTRY_DSN",
    "GITLAB_PAT",
    "SMTP_PASS"
  ])("leaves %s out by its name", (name) => {
    assert.deepStrictEqual(storableEnvironment({ [name]: "x" }), { set: {}, redacted: [name] })
  })

  it.each([
    `ghp_${long}`,
    `github_pat_${long}`,
    `glpat-${long}`,
    `xoxb-${long}`,
    `sk-${long}`,
    `sk_live_${long}`,
    `sk-ant-${long}`,
    `AKIA${"Q7".repeat(8)}`,
    `AIza${long}`,
    `npm_${long}`,
    `hf_${long}`,
    `SG.${long}.${long}`,
    `eyJ${long}.eyJ${long}.sig`,
    `Authorization: Bearer ${long}`,
    "postgres://ada:hunter2@db.example.org/x",
    `redis://:${long}@localhost`,
    `-----BEGIN RSA PRIVATE ${"KEY"}-----\nMII`
  ])("leaves %s out by its value", (value) => {
    assert.deepStrictEqual(storableEnvironment({ HARMLESS: value, X: `before ${value}` }), {
      set: {},
      redacted: ["HARMLESS", "X"]
    })
  })

  it.each([
    ["EDITOR", "vi"],
    ["PWD", "/home/ada"],
    ["GIT_AUTHOR_NAME", "Ada"],
    ["SSH_AUTH_SOCK", "/run/user/1000/ssh"],
    ["KEYTIMEOUT", "1"],
    ["PATH", "/usr/bin:/bin"],
    ["KUBECONFIG", "/home/ada/.kube/config"],
    ["http_proxy", "http://proxy.example.org:3128"],
    ["LS_COLORS", "di=01;34:ln=01;36"]
  ])("keeps %s=%s", (name, value) => {
    assert.deepStrictEqual(storableEnvironment({ [name]: value }), { set: { [name]: value }, redacted: [] })
  })

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (set) => {
        const once = storableEnvironment(set)
        assert.deepStrictEqual(storableEnvironment(once.set), { set: once.set, redacted: [] })
      })
    )
  })
})
