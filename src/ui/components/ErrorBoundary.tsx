import { Box, Text } from "ink"
import { Component, type ReactNode, useLayoutEffect } from "react"
import { keyNamesOf } from "../../terminal/inputEvents.ts"
import { visibleText } from "../blocks/visibleText.ts"
import { useKeys } from "../hooks/useKeys.ts"

interface Props {
  /** What stands there instead; `reload` tries the screen again. */
  readonly renderFailure: (error: Error, reload: () => void) => ReactNode
  readonly children: ReactNode
}

/** Keeps a failing screen from ending the program: the shell and its commands live outside of React and go on. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(cause: unknown) {
    return { error: cause instanceof Error ? cause : new Error(String(cause)) }
  }

  /** Shows a failure that React does not see: one of a key's handler. */
  fail(cause: unknown): void {
    this.setState(ErrorBoundary.getDerivedStateFromError(cause))
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return this.props.renderFailure(error, () => this.setState({ error: null }))
  }
}

export interface FailureScreenProps {
  readonly error: Error
  /** Rows of the screen. */
  readonly rows: number
  /** The keyboard's gate: its keys are ours here. */
  readonly gate: { open: boolean }
  readonly reload: () => void
  readonly leave: () => void
}

/** What stands in the screen's place after a failure: what happened, that nothing was ended, and the way back. */
export const FailureScreen = ({ error, rows, gate, reload, leave }: FailureScreenProps) => {
  useLayoutEffect(() => {
    gate.open = false
  }, [gate])
  useKeys((event) => {
    for (const name of keyNamesOf(event)) {
      if (name === "r") reload()
      else if (name === "q") leave()
    }
    return true
  })
  return (
    <Box flexDirection="column" height={rows} overflow="hidden" paddingX={1}>
      <Text bold>The screen failed. Your shell and its commands are still running.</Text>
      <Text> </Text>
      <Text wrap="truncate">{visibleText(error.message.split("\n")[0] ?? "")}</Text>
      {(error.stack ?? "")
        .split("\n")
        .slice(1, 6)
        .map((line) => (
          <Text key={line} dimColor wrap="truncate">
            {visibleText(line)}
          </Text>
        ))}
      <Text> </Text>
      <Text>r draw the screen again · q leave EffectTalk</Text>
    </Box>
  )
}
