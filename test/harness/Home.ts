import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { killAll, processesOf } from "./processes.ts"

/** What a private home starts with. */
export interface HomeOptions {
  /** Lines appended to the generated `.bashrc`. */
  readonly rc?: string | undefined
  /** Further files, by path relative to HOME. */
  readonly files?: Readonly<Record<string, string>> | undefined
}

/**
 * A home directory of its own in the temp folder, with everything a program may want to write beside it: the shells'
 * rc files and histories, XDG directories, TMPDIR and EffectTalk's DATA_DIR. Disposing it removes all of it.
 *
 * Its path is unique and in the environment of every program started from it, which is also how the harness finds
 * processes that were left behind (see `processesOf`).
 */
export class Home implements Disposable {
  /** The temp folder that holds everything below. */
  readonly root: string
  /** HOME. */
  readonly path: string
  /** EFFECTTALK_DATA_DIR. */
  readonly dataDir: string
  /** XDG_RUNTIME_DIR, mode 0700 as the specification asks. */
  readonly runtimeDir: string
  /** TMPDIR. */
  readonly tmp: string

  constructor(options: HomeOptions = {}) {
    this.root = mkdtempSync(join(realpathSync(tmpdir()), "et-"))
    this.path = join(this.root, "home")
    this.dataDir = join(this.root, "data")
    this.runtimeDir = join(this.root, "run")
    this.tmp = join(this.root, "tmp")
    mkdirSync(this.path)
    mkdirSync(this.tmp)
    mkdirSync(this.runtimeDir, { mode: 0o700 })
    this.write(".bashrc", `PS1='$ '\nHISTFILE=~/.bash_history\n${options.rc ?? ""}\n`)
    this.write(".zshrc", "PS1='%% '\nHISTFILE=~/.zsh_history\n")
    this.write(".config/fish/config.fish", "set -g fish_greeting\nfunction fish_prompt; echo '> '; end\n")
    for (const [file, text] of Object.entries(options.files ?? {})) this.write(file, text)
  }

  /** Writes a file, creating its directories. `file` is relative to HOME. Returns its absolute path. */
  write(file: string, text: string | Uint8Array): string {
    const target = join(this.path, file)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    return target
  }

  /** The text of a file relative to HOME. */
  read(file: string): string {
    return readFileSync(join(this.path, file), "utf8")
  }

  /** Removes a file of the home directory. */
  remove(path: string): void {
    rmSync(join(this.path, path))
  }

  /** The whole environment of a program started here: nothing is inherited, so a test means the same everywhere. */
  environment(): Record<string, string> {
    return {
      // node first: the program under test must be run by the same Node as the tests.
      PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: this.path,
      USER: "tester",
      LOGNAME: "tester",
      SHELL: "/bin/bash",
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      TMPDIR: this.tmp,
      XDG_CONFIG_HOME: join(this.path, ".config"),
      XDG_CACHE_HOME: join(this.path, ".cache"),
      XDG_DATA_HOME: join(this.path, ".local/share"),
      XDG_STATE_HOME: join(this.path, ".local/state"),
      XDG_RUNTIME_DIR: this.runtimeDir,
      EFFECTTALK_DATA_DIR: this.dataDir,
      // Whole rows are the blocks', also on wide screens. Tests of the sidebar open it.
      EFFECTTALK_SIDEBAR: "closed",
      // What stands in the editor is what was typed. Tests of suggestions turn them on.
      EFFECTTALK_SUGGEST: "false"
    }
  }

  /** Ends what still runs with this HOME, daemons too, and removes its files. */
  [Symbol.dispose](): void {
    killAll(processesOf(this.path))
    // A killed process may still be writing its last file while the folder goes away: rmSync tries again.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }
}
