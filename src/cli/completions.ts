import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import type { CommandDoc } from "./commandDocs.ts"
import { writeOut } from "./writeOut.ts"

/** Shells that there are completions for. */
export const COMPLETION_SHELLS = ["bash", "zsh", "fish"] as const

/** One of them. */
export type CompletionShell = (typeof COMPLETION_SHELLS)[number]

const SCRIPTS: Readonly<
  Record<CompletionShell, (root: CommandDoc, commands: ReadonlyArray<CommandDoc>) => Promise<string>>
> = {
  bash: async (root, commands) => (await import("./completions/bash.ts")).bashCompletions(root, commands),
  zsh: async (root, commands) => (await import("./completions/zsh.ts")).zshCompletions(root, commands),
  fish: async (root, commands) => (await import("./completions/fish.ts")).fishCompletions(root, commands)
}

/** The program that the scripts complete, and its commands. */
export interface CompletedProgram {
  readonly root: CommandDoc
  readonly commands: ReadonlyArray<CommandDoc>
}

const DESCRIPTION = HelpDoc.blocks([
  HelpDoc.p("Print a completion script for a shell."),
  HelpDoc.p("For bash, in ~/.bashrc: source <(effecttalk completions bash)"),
  HelpDoc.p("For zsh, in ~/.zshrc after compinit: source <(effecttalk completions zsh)"),
  HelpDoc.p("For fish, in config.fish: effecttalk completions fish | source")
])

/** `effecttalk completions <shell>`. It writes no file: what goes into a start file is its owner's business. */
export const completions = (program: () => CompletedProgram) =>
  Command.make(
    "completions",
    {
      shell: Args.choice(
        COMPLETION_SHELLS.map((shell) => [shell, shell] as const),
        { name: "shell" }
      ).pipe(Args.withDescription("The shell that it is for."))
    },
    ({ shell }) =>
      Effect.gen(function* () {
        const { root, commands } = program()
        yield* writeOut(yield* Effect.promise(() => SCRIPTS[shell](root, commands)))
      })
  ).pipe(Command.withDescription(DESCRIPTION))
