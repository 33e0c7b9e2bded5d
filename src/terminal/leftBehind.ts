/**
 * What a program may have left behind when it gives the terminal back: the alternate screen, which is left without moving
 * the cursor to where it was once saved.
 */
export const UNDO_SCREEN = "\x1b[?2026l\x1b[?47l"
/**
 * The rest of it, once the alternate screen is ours again, because some of it moves the cursor: margins, origin, insertion,
 * reverse screen, character sets, look and link, keyboard (xterm's modifyOtherKeys, kitty's flags), mouse, paste, focus and
 * the cursor's shape. None of it means anything to a terminal that does not know it.
 */
export const UNDO_MODES =
  "\x1b[?69l\x1b[r\x1b[?6l\x1b[4l\x1b[?5l\x1b(B\x0f\x1b[0m\x1b]8;;\x1b\\\x1b[>4m\x1b[=0u" +
  "\x1b[?9;1000;1002;1003;1004;1005;1006;1015;1016;2004l\x1b[0 q"
