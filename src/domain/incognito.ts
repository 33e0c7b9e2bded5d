/*
 * Incognito commands are in no file: neither in those of their session, nor in EffectTalk's history or logs, nor in the
 * shell's own history. What is typed says so by a blank at its beginning, as shells have it, or by the word `/incognito`.
 */

/** The word for it, which goes together with EffectTalk's other words before a command, in any order. */
export const INCOGNITO_WORD = "/incognito"

/** A blank before everything but blank lines. */
const LEADING_BLANK = /^[\r\n]*[ \t]/

/** The word, behind other words of ours if any. */
const BEHIND_WORDS = /^\s*(?:\/(?:split|timeout[ \t]+\S+)[ \t]+)*\/incognito(?:\s|$)/

/** Every word of ours before a command. */
const WORDS = /^\s*(?:\/(?:split|incognito|timeout[ \t]+\S+)(?:[ \t]+|$))*/

/** The command of a text, finished or not, behind blanks and words of ours. */
export const behindWords = (text: string): string => text.replace(WORDS, "")

/** True for a text that begins with a blank: shells keep such a command out of their history if they are told to. */
export const hasLeadingBlank = (text: string): boolean => LEADING_BLANK.test(text)

/** True for a text that begins with the word, or has it behind other words of ours. */
export const hasIncognitoWord = (text: string): boolean => BEHIND_WORDS.test(text)

/** True for a text, finished or not, that would be an incognito command if it were entered now. */
export const isIncognitoText = (text: string): boolean => hasLeadingBlank(text) || hasIncognitoWord(text)

/** The command of an incognito block as a text that is incognito when it is entered. */
export const incognitoText = (text: string): string => (isIncognitoText(text) ? text : `${INCOGNITO_WORD} ${text}`)
