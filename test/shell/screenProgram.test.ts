import { describe, expect, it } from "vitest"
import { screenProgram } from "../../src/shell/screenProgram.ts"

describe("the program that a command line gives the screen to", () => {
  it.each([
    ["vim a.c", "vim"],
    ["  /usr/bin/less x", "less"],
    ["\\vim x", "vim"],
    ["LESS=R PAGER=cat man ls", "man"],
    ["sudo -E nano /etc/hosts", "nano"],
    ["env A=b command htop", "htop"],
    ["seq 5 | fzf --multi", "fzf"],
    ["cd x && tmux", "tmux"],
    ["make; vim log", "vim"],
    ["(mc)", "mc"],
    ["fg", "fg"]
  ])("%s: %s", (command, program) => {
    expect(screenProgram(command)).toBe(program)
  })

  it.each([
    "",
    "ls vim",
    "apt install vim less",
    "echo 'vim'",
    "git commit",
    "less -X a",
    "less -FRX a",
    "less --no-init a",
    "seq 5 | fzf --height 40%",
    "grep -r tmux .",
    "./vim.sh"
  ])("%s: none that is known", (command) => {
    expect(screenProgram(command)).toBeNull()
  })
})
