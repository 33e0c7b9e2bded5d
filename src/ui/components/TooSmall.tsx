import { Box, Text } from "ink"
import { MIN_COLUMNS, MIN_ROWS } from "../../domain/limits.ts"

/** What stands on a screen that nothing can be laid out on. Commands run on; making the window larger brings all back. */
export const TooSmall = ({ columns, rows }: { readonly columns: number; readonly rows: number }) => (
  <Box width={columns} height={rows} flexDirection="column" overflow="hidden">
    <Text wrap="truncate">EffectTalk needs {`${MIN_COLUMNS}×${MIN_ROWS}`}</Text>
    {rows > 1 && <Text wrap="truncate">this is {`${columns}×${rows}`}</Text>}
  </Box>
)
