import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { which } from "../../harness/tools.ts"
import { PLAIN_RC, type ShellName } from "../TestShell.ts"

/** One way of setting a shell up. */
export interface Setup {
  readonly shell: ShellName
  readonly name: string
  /** Text of the interactive start file. */
  readonly rc: string
  /** What of the distribution it needs: programs by name, files by absolute path. */
  readonly needs: ReadonlyArray<string>
}

/** A package of the distribution, unmodified, as its documentation has it loaded. */
interface Package {
  readonly name: string
  readonly needs: string
  /** Wraps what the others define. */
  readonly last?: boolean
  readonly load: Partial<Record<ShellName, string>>
}

const source = (path: string, after = "") => `. ${path}\n${after}`

const PACKAGES: ReadonlyArray<Package> = [
  {
    name: "bash-completion",
    needs: "/usr/share/bash-completion/bash_completion",
    load: { bash: source("/usr/share/bash-completion/bash_completion") }
  },
  {
    name: "zsh-syntax-highlighting",
    needs: "/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
    last: true,
    load: { zsh: source("/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh") }
  },
  {
    name: "zsh-autosuggestions",
    needs: "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
    load: { zsh: source("/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh") }
  },
  {
    name: "zsh-theme-powerlevel9k",
    needs: "/usr/share/powerlevel9k/powerlevel9k.zsh-theme",
    load: { zsh: source("/usr/share/powerlevel9k/powerlevel9k.zsh-theme") }
  },
  {
    name: "liquidprompt",
    needs: "/usr/share/liquidprompt/liquidprompt",
    load: {
      bash: source("/usr/share/liquidprompt/liquidprompt"),
      zsh: source("/usr/share/liquidprompt/liquidprompt")
    }
  },
  {
    name: "fzf's bindings",
    needs: "/usr/share/doc/fzf/examples/key-bindings.bash",
    load: {
      bash: source("/usr/share/doc/fzf/examples/key-bindings.bash"),
      zsh: source("/usr/share/doc/fzf/examples/key-bindings.zsh"),
      fish: "fzf_key_bindings\n"
    }
  },
  {
    name: "direnv",
    needs: "direnv",
    load: {
      bash: 'eval "$(direnv hook bash)"\n',
      zsh: 'eval "$(direnv hook zsh)"\n',
      fish: "direnv hook fish | source\n"
    }
  },
  {
    name: "zoxide",
    needs: "zoxide",
    load: {
      bash: 'eval "$(zoxide init bash)"\n',
      zsh: 'eval "$(zoxide init zsh)"\n',
      fish: "zoxide init fish | source\n"
    }
  }
]

const COMPLETION: Readonly<Record<ShellName, string>> = {
  bash: "",
  zsh: "autoload -Uz compinit; compinit -u -d ~/.zcompdump\n",
  fish: ""
}

const ALL = "all packages"

/** The setup with nothing but a prompt. */
export const PLAIN = "plain"

const isThere = (need: string): boolean => (need.startsWith("/") ? existsSync(need) : which(need) !== undefined)

/** What a setup needs and this machine has not. */
export const missing = ({ shell, needs }: Setup): ReadonlyArray<string> =>
  [shell, ...needs].filter((need) => !isThere(need))

const setupsOf = (shell: ShellName): ReadonlyArray<Setup> => {
  const packages = PACKAGES.filter(({ load }) => load[shell] !== undefined)
  const rc = (parts: ReadonlyArray<Package>) =>
    PLAIN_RC[shell] + COMPLETION[shell] + parts.map(({ load }) => load[shell]).join("")
  // Of two themes the first would be lost.
  const together = packages
    .filter(({ name }) => !(shell === "zsh" && name === "liquidprompt"))
    .toSorted((a, b) => Number(a.last === true) - Number(b.last === true))
  const heavy = join(import.meta.dirname, "../../../fixtures/shells", `heavy.${shell}`)
  return [
    { shell, name: PLAIN, rc: PLAIN_RC[shell], needs: [] },
    { shell, name: "heavy start files", rc: readFileSync(heavy, "utf8"), needs: [] },
    ...packages.map((one) => ({ shell, name: one.name, rc: rc([one]), needs: [one.needs] })),
    { shell, name: ALL, rc: rc(together), needs: together.map(({ needs }) => needs) }
  ]
}

/** What stands in the table of docs/shells.md: each way of setting up, with the shells it is run in. */
export const setupRows = (setups: ReadonlyArray<Setup>): ReadonlyArray<string> =>
  [...new Set([...setups.map(({ name }) => name).filter((name) => name !== ALL), ALL])].map((name) => {
    const cells = (["bash", "zsh", "fish"] as const).map((shell) =>
      setups.some((setup) => setup.name === name && setup.shell === shell) ? "✓" : ""
    )
    return `| ${name} | ${cells.join(" | ")} |`
  })

/** Every shell, plain, with start files that make it hard, and with packages of the distribution, one by one and all. */
export const SETUPS: ReadonlyArray<Setup> = (["bash", "zsh", "fish"] as const).flatMap(setupsOf)
