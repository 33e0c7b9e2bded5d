import type { InputModes } from "../terminal/inputModes.ts"

/** What the outer terminal is asked for: presses, releases and the wheel, at any column. Not moves: they would be a flood. */
const REPORTS: Pick<InputModes, "mouse" | "mouseEncoding"> = { mouse: "vt200", mouseEncoding: "sgr" }
const NO_REPORTS: Pick<InputModes, "mouse" | "mouseEncoding"> = { mouse: "none", mouseEncoding: "default" }

/** Whether the mouse is ours, or left to the outer terminal's own selection. Lasts as long as the process. */
export class MouseSwitch {
  readonly #apply: (modes: Partial<InputModes>) => void
  #on: boolean

  /**
   * @param on how it begins
   * @param apply sets the outer terminal's modes while no program's hold
   */
  constructor(on: boolean, apply: (modes: Partial<InputModes>) => void) {
    this.#apply = apply
    this.#on = on
    apply(on ? REPORTS : NO_REPORTS)
  }

  get on(): boolean {
    return this.#on
  }

  /** Turns it off, or on again; gives how it is now. */
  toggle(): boolean {
    this.#on = !this.#on
    this.#apply(this.#on ? REPORTS : NO_REPORTS)
    return this.#on
  }
}
