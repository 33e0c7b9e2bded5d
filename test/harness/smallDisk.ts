import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getuid } from "node:process"

const mount = (...words: ReadonlyArray<string>) => execFileSync("mount", words, { stdio: "ignore" })

/** A small file system of memory that can be filled, and be made read-only while no file is open on it. */
export class SmallDisk implements Disposable {
  readonly path: string
  readonly #filler: string

  /** Mounts one at `path`, which is made; only root may. */
  constructor(path: string, kilobytes: number) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    mount("-t", "tmpfs", "-o", `size=${kilobytes}k,mode=700`, "tmpfs", path)
    this.path = path
    this.#filler = join(path, "filler")
  }

  /** Takes all the room there is. */
  fill(): void {
    try {
      for (;;) writeFileSync(this.#filler, Buffer.alloc(4096), { flag: "a" })
    } catch {
      // It is full now.
    }
  }

  /** Gives the room back. */
  free(): void {
    rmSync(this.#filler)
  }

  setReadOnly(readOnly: boolean): void {
    mount("-o", `remount,${readOnly ? "ro" : "rw"}`, this.path)
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["--lazy", this.path])
  }
}

/** True where disks can be mounted: for root, outside of most containers. */
export const canMount = (): boolean => {
  if (getuid?.() !== 0) return false
  const path = mkdtempSync(join(tmpdir(), "mount-"))
  try {
    new SmallDisk(path, 16)[Symbol.dispose]()
    return true
  } catch {
    return false
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
