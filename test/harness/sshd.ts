import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import type { Home } from "./Home.ts"
import { which } from "./tools.ts"

/** Debian's sshd insists on this directory when root starts it; the service's unit would have made it. */
const PRIVILEGE_SEPARATION = "/run/sshd"

/** What a test with ssh needs (for `itWith`). */
export const SSH_TOOLS = ["ssh", "ssh-keygen", "sshd"] as const

/**
 * Prepares a way from `home` to this machine by ssh, with keys and a server of its own; returns the command that goes it
 * (append a command for the other side). The shell there is the login shell of whoever runs the tests, with HOME in `home`
 * and the directory of the account.
 *
 * ssh starts the server itself and speaks to it over a socket pair (`ProxyCommand`, `sshd -i`): there is no port that two
 * tests could want, and no daemon that could be left.
 */
export const sshToHere = (home: Home): string => {
  const directory = join(home.root, "ssh")
  mkdirSync(directory, { mode: 0o700 })
  const at = (name: string) => join(directory, name)
  for (const key of ["host", "user"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)])
  if (process.getuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 })
  const server = [
    `HostKey ${at("host")}`,
    `AuthorizedKeysFile ${at("user.pub")}`,
    // The temp folder is writable for all.
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PrintMotd no",
    "PrintLastLog no",
    `SetEnv HOME=${home.path} LANG=C.UTF-8`
  ]
  const client = [
    "Host *",
    "HostName localhost",
    `User ${userInfo().username}`,
    `IdentityFile ${at("user")}`,
    "IdentitiesOnly yes",
    "UserKnownHostsFile /dev/null",
    "StrictHostKeyChecking no",
    "LogLevel ERROR",
    `ProxyCommand ${which("sshd")} -i -f ${at("sshd_config")}`
  ]
  writeFileSync(at("sshd_config"), `${server.join("\n")}\n`)
  writeFileSync(at("ssh_config"), `${client.join("\n")}\n`)
  return `ssh -F ${at("ssh_config")} localhost`
}
