import { BackupError } from "../../services/backup/BackupError.ts"
import { CliError } from "../CliError.ts"

/** A backup that is not there was asked for wrongly, one that cannot be trusted is bad data; the rest are failures. */
export const backupCliError = (cause: unknown, subject: string): CliError => {
  const { reason, message } = BackupError.from(cause, subject)
  const isBad = reason === "Refused" || reason === "Damaged" || reason === "Newer"
  return new CliError({ exitCode: reason === "Unknown" ? 2 : isBad ? 3 : 1, line: message })
}
