/*
 * Values that look like secrets and are none. Assembled, so that no scanner takes this file for a leak.
 */

/** Letters and digits, and hexadecimal ones, as many as any kind takes. */
export const long = "Ab3x".repeat(30)
export const hex = "3f9a".repeat(20)
const base32 = "Q7".repeat(8)

/** One of each kind in the table, the secret alone. */
export const SAMPLES: Readonly<Record<string, string>> = {
  "AWS access key id": `AKIA${base32}`,
  "AWS Bedrock API key": `ABSK${long}`,
  "GitHub token": `ghp_${long.slice(0, 36)}`,
  "GitHub fine-grained token": `github_pat_${long.slice(0, 82)}`,
  "GitLab token": `glpat-${long.slice(0, 20)}`,
  "GitLab runner registration token": `GR1348941${long.slice(0, 20)}`,
  "Slack token": `xoxb-${"1234567890"}-${long.slice(0, 24)}`,
  "Slack app token": `xapp-1-A0B1C2D3-${long.slice(0, 30)}`,
  "Slack webhook": `T0123ABCD/B0123ABCD/${long.slice(0, 24)}`,
  "Stripe key": `sk_live_${long.slice(0, 24)}`,
  "Stripe webhook secret": `whsec_${long.slice(0, 32)}`,
  "Google API key": `AIza${long.slice(0, 35)}`,
  "Google OAuth token": `ya29.${long.slice(0, 60)}`,
  "Google OAuth client secret": `GOCSPX-${long.slice(0, 28)}`,
  "Anthropic key": `sk-ant-api03-${long.slice(0, 93)}AA`,
  "OpenAI key": `sk-proj-${long.slice(0, 48)}`,
  "Groq key": `gsk_${long.slice(0, 52)}`,
  "xAI key": `xai-${long.slice(0, 80)}`,
  "Perplexity key": `pplx-${long.slice(0, 48)}`,
  "Replicate token": `r8_${long.slice(0, 37)}`,
  "Hugging Face token": `hf_${long.slice(0, 34)}`,
  "npm token": `npm_${long.slice(0, 36)}`,
  "PyPI token": `pypi-${long.slice(0, 60)}`,
  "RubyGems token": `rubygems_${hex.slice(0, 48)}`,
  "Clojars token": `CLOJARS_${hex.slice(0, 60)}`,
  "Docker token": `dckr_pat_${long.slice(0, 27)}`,
  "DigitalOcean token": `dop_v1_${hex.slice(0, 64)}`,
  "SendGrid key": `SG.${long.slice(0, 22)}.${long.slice(0, 43)}`,
  "Mailgun key": `key-${hex.slice(0, 32)}`,
  "Twilio key": `SK${hex.slice(0, 32)}`,
  "Telegram bot token": `AA${long.slice(0, 33)}`,
  "Shopify token": `shpat_${hex.slice(0, 32)}`,
  "Square token": `sq0atp-${long.slice(0, 22)}`,
  "Databricks token": `dapi${hex.slice(0, 32)}`,
  "Vault token": `hvs.${long.slice(0, 95)}`,
  "Terraform Cloud token": `atlasv1.${long.slice(0, 64)}`,
  "Pulumi token": `pul-${hex.slice(0, 40)}`,
  "Doppler token": `dp.pt.${long.slice(0, 43)}`,
  "Grafana token": `glsa_${long.slice(0, 32)}_${hex.slice(0, 8)}`,
  "Sentry token": `sntryu_${hex.slice(0, 64)}`,
  "New Relic key": `NRAK-${long.slice(0, 27).toUpperCase()}`,
  "Postman key": `PMAK-${hex.slice(0, 24)}-${hex.slice(0, 34)}`,
  "Linear key": `lin_api_${long.slice(0, 40)}`,
  "Notion token": `ntn_${long.slice(0, 46)}`,
  "Figma token": `figd_${long.slice(0, 40)}`,
  "Atlassian token": `ATATT3${long}${long.slice(0, 66)}`,
  "Heroku key": `HRKU-AA${long.slice(0, 58)}`,
  "PlanetScale token": `pscale_pw_${long.slice(0, 43)}`,
  "Supabase token": `sbp_${hex.slice(0, 40)}`,
  "Tailscale key": `tskey-auth-${long.slice(0, 17)}-${long.slice(0, 32)}`,
  "Azure client secret": `Q~${long.slice(0, 34)}`,
  "Alibaba access key id": `LTAI${long.slice(0, 20)}`,
  "1Password token": `ops_eyJ${long}`,
  "age key": `AGE-SECRET-KEY-1${"QPZRY9X8GF2TVDW0".repeat(4).slice(0, 58)}`,
  "JSON Web Token": `eyJ${long.slice(0, 30)}.eyJ${long.slice(0, 60)}.${long.slice(0, 43)}`,
  "Azure connection string": `${long.slice(0, 86)}==`,
  "password in a URL": "hunter2",
  "Authorization header": `dXNl${long.slice(0, 20)}==`
}

/** What stands around a secret that is only known by it. */
export const AROUND: Readonly<Record<string, readonly [string, string]>> = {
  "Telegram bot token": ["123456789:", ""],
  "Terraform Cloud token": [`${long.slice(0, 14)}.`, ""],
  "Azure client secret": ["aB~8", ""],
  "Slack webhook": ["https://hooks.slack.com/services/", ""],
  "Azure connection string": ["AccountName=x;AccountKey=", ";EndpointSuffix=core.windows.net"],
  "password in a URL": ["postgres://ada:", "@db.example.org/x"],
  "Authorization header": ["> authorization: Basic ", ""]
}
