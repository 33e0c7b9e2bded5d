import { Box, Text } from "ink"
import { Component, type ReactNode } from "react"
import { visibleText } from "../blocks/visibleText.ts"

interface Props {
  /** Is there to be asked for keys while the screen is broken. */
  readonly renderFailure: (error: Error, reload: () => void) => ReactNode
  readonly children: ReactNode
}

/** Keeps a failing screen from ending the program: the shell and its commands live outside of React and go on. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(cause: unknown) {
    return { error: cause instanceof Error ? cause : new Error(String(cause)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return this.props.renderFailure(error, () => this.setState({ error: null }))
  }
}

/** What stands in the screen's place after a failure: what happened, that nothing was ended, and the way back. */
export const FailureScreen = ({ error, rows }: { readonly error: Error; readonly rows: number }) => (
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
