/**
 * What keys and tokens look like by their issuers' own marks: the one table for what is stored, exported and saved.
 *
 * Two published lists are the sources: gitleaks' rules (https://github.com/gitleaks/gitleaks, config/gitleaks.toml), named
 * by their ids, and GitHub's (https://docs.github.com/code-security/secret-scanning, "supported secret scanning patterns").
 * Lengths are lower bounds here, so that a token that was cut is not shown either; what follows no mark (40 hex digits)
 * is left to the names it is given under, or every commit would be a secret.
 */

/** One kind of secret. */
export interface SecretPattern {
  /** Whose, and what it opens. */
  readonly kind: string
  /** Rule ids of gitleaks, or `GitHub` with the name there. */
  readonly source: string
  /** Every match has one of these in it or before it, as spelled: text with none of them need not be searched. */
  readonly hints: ReadonlyArray<string>
  /** Matches the secret itself, within one line. Global. */
  readonly pattern: RegExp
  /**
   * For a secret that does not begin with one of its hints at the beginning of a word: matches the end of a text that may be
   * one's beginning, or one that is not over, from its first character on.
   */
  readonly begun?: RegExp
}

/** The table. */
export const SECRET_PATTERNS: ReadonlyArray<SecretPattern> = [
  {
    kind: "AWS access key id",
    source: "aws-access-token",
    hints: ["AKIA", "ASIA", "ABIA", "ACCA"],
    pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g
  },
  {
    kind: "AWS Bedrock API key",
    source: "aws-amazon-bedrock-api-key-long-lived",
    hints: ["ABSK"],
    pattern: /\bABSK[A-Za-z0-9+/]{100,}={0,2}/g
  },
  {
    kind: "GitHub token",
    source: "github-pat, github-oauth, github-app-token, github-refresh-token",
    hints: ["ghp_", "gho_", "ghr_", "ghs_", "ghu_"],
    pattern: /\bgh[oprsu]_[A-Za-z0-9_.-]{20,}/g
  },
  {
    kind: "GitHub fine-grained token",
    source: "github-fine-grained-pat",
    hints: ["github_pat_"],
    pattern: /\bgithub_pat_\w{20,}/g
  },
  {
    kind: "GitLab token",
    source: "gitlab-pat, gitlab-ptt, gitlab-deploy-token, gitlab-runner-authentication-token, gitlab-cicd-job-token",
    hints: [
      "glpat-",
      "glptt-",
      "gldt-",
      "glrt-",
      "glrtr-",
      "glcbt-",
      "glft-",
      "glimt-",
      "glagent-",
      "gloas-",
      "glsoat-"
    ],
    pattern: /\bgl(?:pat|ptt|dt|rt|rtr|cbt|ft|imt|agent|oas|soat)-[\w.-]{16,}/g
  },
  {
    kind: "GitLab runner registration token",
    source: "gitlab-rrt",
    hints: ["GR1348941"],
    pattern: /\bGR1348941[\w-]{16,}/g
  },
  {
    kind: "Slack token",
    source: "slack-bot-token, slack-user-token, slack-legacy-token, slack-config-access-token",
    hints: ["xox"],
    pattern: /\bxox[abeoprs](?:\.xox[bp])?-[\w-]{10,}/g
  },
  { kind: "Slack app token", source: "slack-app-token", hints: ["xapp-"], pattern: /\bxapp-\d-[\w-]{10,}/g },
  {
    kind: "Slack webhook",
    source: "slack-webhook-url",
    hints: ["hooks.slack.com/"],
    pattern: /(?<=\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w+/-]{20,}/g,
    begun: /(?<=\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w+/-]*$/
  },
  {
    kind: "Stripe key",
    source: "stripe-access-token",
    hints: ["sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_"],
    pattern: /\b[rs]k_(?:live|test|prod)_\w{10,}/g
  },
  {
    kind: "Stripe webhook secret",
    source: "GitHub: stripe_webhook_signing_secret",
    hints: ["whsec_"],
    pattern: /\bwhsec_[A-Za-z0-9+/]{20,}={0,2}/g
  },
  { kind: "Google API key", source: "gcp-api-key", hints: ["AIza"], pattern: /\bAIza[\w-]{30,}/g },
  {
    kind: "Google OAuth token",
    source: "GitHub: google_oauth_access_token",
    hints: ["ya29."],
    pattern: /\bya29\.[\w.-]{20,}/g
  },
  {
    kind: "Google OAuth client secret",
    source: "GitHub: google_oauth_client_secret",
    hints: ["GOCSPX-"],
    pattern: /\bGOCSPX-[\w-]{20,}/g
  },
  {
    kind: "Anthropic key",
    source: "anthropic-api-key, anthropic-admin-api-key",
    hints: ["sk-ant-"],
    pattern: /\bsk-ant-[\w-]{16,}/g
  },
  {
    kind: "OpenAI key",
    source: "openai-api-key",
    hints: ["sk-"],
    // A digit: `sk-` begins words, too.
    pattern: /\bsk-(?:proj-|svcacct-|admin-|or-v1-|or-)?(?=[\w-]{0,40}\d)[A-Za-z0-9][\w-]{19,}/g
  },
  { kind: "Groq key", source: "GitHub: groq_api_key", hints: ["gsk_"], pattern: /\bgsk_[A-Za-z0-9]{40,}/g },
  { kind: "xAI key", source: "GitHub: xai_api_key", hints: ["xai-"], pattern: /\bxai-[A-Za-z0-9]{40,}/g },
  { kind: "Perplexity key", source: "perplexity-api-key", hints: ["pplx-"], pattern: /\bpplx-[A-Za-z0-9]{40,}/g },
  { kind: "Replicate token", source: "GitHub: replicate_api_token", hints: ["r8_"], pattern: /\br8_[A-Za-z0-9]{30,}/g },
  {
    kind: "Hugging Face token",
    source: "huggingface-access-token, huggingface-organization-api-token",
    hints: ["hf_", "api_org_"],
    pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{20,}/g
  },
  { kind: "npm token", source: "npm-access-token", hints: ["npm_"], pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { kind: "PyPI token", source: "pypi-upload-token", hints: ["pypi-"], pattern: /\bpypi-[\w-]{30,}/g },
  {
    kind: "RubyGems token",
    source: "rubygems-api-token",
    hints: ["rubygems_"],
    pattern: /\brubygems_[a-f0-9]{40,}/g
  },
  { kind: "Clojars token", source: "clojars-api-token", hints: ["CLOJARS_"], pattern: /\bCLOJARS_[a-z0-9]{50,}/g },
  {
    kind: "Docker token",
    source: "GitHub: docker_personal_access_token",
    hints: ["dckr_pat_", "dckr_oat_"],
    pattern: /\bdckr_[op]at_[\w-]{20,}/g
  },
  {
    kind: "DigitalOcean token",
    source: "digitalocean-pat, digitalocean-access-token, digitalocean-refresh-token",
    hints: ["dop_v1_", "doo_v1_", "dor_v1_"],
    pattern: /\bdo[opr]_v1_[a-f0-9]{30,}/g
  },
  { kind: "SendGrid key", source: "sendgrid-api-token", hints: ["SG."], pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/g },
  { kind: "Mailgun key", source: "mailgun-private-api-token", hints: ["key-"], pattern: /\bkey-[a-f0-9]{32}\b/g },
  { kind: "Twilio key", source: "twilio-api-key", hints: ["SK"], pattern: /\bSK[0-9a-f]{32}\b/g },
  {
    kind: "Telegram bot token",
    source: "telegram-bot-api-token",
    hints: [":AA"],
    // The number before it is the bot's, and known to whoever talks to it.
    pattern: /(?<=\b\d{5,16}:)AA[\w-]{32,}/g,
    begun: /(?<=\b\d{5,16}:)(?:A|AA[\w-]*)?$/
  },
  {
    kind: "Shopify token",
    source:
      "shopify-access-token, shopify-custom-access-token, shopify-private-app-access-token, shopify-shared-secret",
    hints: ["shpat_", "shpca_", "shppa_", "shpss_"],
    pattern: /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g
  },
  {
    kind: "Square token",
    source: "square-access-token",
    hints: ["sq0atp-", "sq0csp-"],
    pattern: /\bsq0(?:atp|csp)-[\w-]{22,}/g
  },
  {
    kind: "Databricks token",
    source: "databricks-api-token",
    hints: ["dapi"],
    pattern: /\bdapi[a-f0-9]{32}(?:-\d)?\b/g
  },
  {
    kind: "Vault token",
    source: "vault-service-token, vault-batch-token",
    hints: ["hvs.", "hvb."],
    pattern: /\bhv[bs]\.[\w-]{24,}/g
  },
  {
    kind: "Terraform Cloud token",
    source: "hashicorp-tf-api-token",
    hints: [".atlasv1."],
    // What stands before the mark is the token's id, which Terraform Cloud lists.
    pattern: /(?<=\b[A-Za-z0-9]{14}\.)atlasv1\.[\w=-]{60,}/g,
    begun: /(?<=\b[A-Za-z0-9]{14}\.)(?:a(?:t(?:l(?:a(?:s(?:v(?:1(?:\.[\w=-]*)?)?)?)?)?)?)?)?$/
  },
  { kind: "Pulumi token", source: "pulumi-api-token", hints: ["pul-"], pattern: /\bpul-[a-f0-9]{40}\b/g },
  {
    kind: "Doppler token",
    source: "doppler-api-token",
    hints: ["dp."],
    pattern: /\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,}/g
  },
  {
    kind: "Grafana token",
    source: "grafana-cloud-api-token, grafana-service-account-token",
    hints: ["glsa_", "glc_"],
    pattern: /\b(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2})/g
  },
  {
    kind: "Sentry token",
    source: "sentry-org-token, sentry-user-token",
    hints: ["sntrys_", "sntryu_"],
    pattern: /\bsntry[su]_[\w+/=-]{40,}/g
  },
  { kind: "New Relic key", source: "new-relic-user-api-key", hints: ["NRAK-"], pattern: /\bNRAK-[A-Za-z0-9]{27}/g },
  {
    kind: "Postman key",
    source: "postman-api-token",
    hints: ["PMAK-"],
    pattern: /\bPMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}/g
  },
  { kind: "Linear key", source: "linear-api-key", hints: ["lin_api_"], pattern: /\blin_api_[A-Za-z0-9]{40}/g },
  { kind: "Notion token", source: "notion-api-token", hints: ["ntn_"], pattern: /\bntn_[A-Za-z0-9]{40,}/g },
  { kind: "Figma token", source: "GitHub: figma_pat", hints: ["figd_", "figo_"], pattern: /\bfig[do]_[\w-]{30,}/g },
  { kind: "Atlassian token", source: "atlassian-api-token", hints: ["ATATT3"], pattern: /\bATATT3[\w=-]{100,}/g },
  { kind: "Heroku key", source: "heroku-api-key-v2", hints: ["HRKU-"], pattern: /\bHRKU-[\w-]{30,}/g },
  {
    kind: "PlanetScale token",
    source: "planetscale-api-token, planetscale-oauth-token, planetscale-password",
    hints: ["pscale_"],
    pattern: /\bpscale_(?:tkn|oauth|pw)_[\w=.-]{32,}/g
  },
  {
    kind: "Supabase token",
    source: "GitHub: supabase_personal_access_token",
    hints: ["sbp_"],
    pattern: /\bsbp_[a-f0-9]{40}/g
  },
  {
    kind: "Tailscale key",
    source: "GitHub: tailscale_api_key",
    hints: ["tskey-"],
    pattern: /\btskey-[a-z]+-[\w-]{16,}/g
  },
  {
    kind: "Azure client secret",
    source: "azure-ad-client-secret",
    hints: ["Q~"],
    // The first characters are what Azure shows as the secret's `hint`.
    pattern: /(?<=(?<![\w~.-])[\w~.]{3}\d)Q~[\w~.-]{31,}/g,
    begun: /(?<=(?<![\w~.-])[\w~.]{3}\d)(?:Q|Q~[\w~.-]*)?$/
  },
  {
    kind: "Alibaba access key id",
    source: "alibaba-access-key-id",
    hints: ["LTAI"],
    pattern: /\bLTAI[A-Za-z0-9]{20}\b/g
  },
  {
    kind: "1Password token",
    source: "1password-service-account-token",
    hints: ["ops_eyJ"],
    pattern: /\bops_eyJ[A-Za-z0-9+/]{100,}={0,3}/g
  },
  {
    kind: "age key",
    source: "age-secret-key",
    hints: ["AGE-SECRET-KEY-1"],
    pattern: /\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,}/g
  },
  {
    kind: "JSON Web Token",
    source: "jwt",
    hints: ["eyJ"],
    // A header has an end: `eyJ-eyJ-eyJ-…` would be read to its end from each of them.
    pattern: /\beyJ[\w-]{8,1024}\.eyJ[\w-]{8,}\.[\w-]*/g
  },
  {
    kind: "Azure connection string",
    source: "GitHub: azure_storage_account_key",
    hints: ["AccountKey=", "AccessKey=", "SharedAccessSignature="],
    pattern: /(?<=\b(?:AccountKey|SharedAccessKey|AccessKey|SharedAccessSignature)=)[\w+/%&=.-]{20,}/g,
    begun: /(?<=\b(?:AccountKey|SharedAccessKey|AccessKey|SharedAccessSignature)=)[\w+/%&=.-]*$/
  },
  {
    kind: "password in a URL",
    source: "GitHub: http_basic_authentication_header, postgres_connection_string, mongodb_connection_string",
    hints: ["://"],
    // A user's name may be missing (redis); what begins with a variable is no password.
    pattern: /(?<=:\/\/[^\s/:@"'<>]{0,128}:)(?!\$|[^\s/@]{0,2}<)[^\s/@"'<>]{1,512}(?=@)/g,
    begun: /(?<=:\/\/[^\s/:@"'<>]{0,128}:)[^\s/@"'<>]{0,512}$/
  },
  {
    kind: "Authorization header",
    source: "curl-auth-header",
    hints: ["earer", "EARER", "uthorization", "UTHORIZATION"],
    pattern:
      /(?<=\b(?:Bearer|Authorization["']?[ \t]*[:=][ \t]*["']?(?:Basic|Token|Digest|ApiKey))[ \t]{1,4})[\w.~+/=-]{16,}/gi,
    begun:
      /(?<=\b(?:Bearer|Authorization["']?[ \t]*[:=][ \t]*["']?(?:Basic|Token|Digest|ApiKey))[ \t]{1,4})[\w.~+/=-]*$/i
  }
]
