import type { IncomingHttpHeaders } from "node:http"
import { BlockList, isIP } from "node:net"

/** A Host header: a name or an address, IPv6 in brackets, and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i

/** The name or address in a Host header, lower case, brackets and last dot gone; null when it is none. */
export const hostName = (header: string): string | null =>
  HOST.exec(header.trim())?.[1]
    ?.toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "") ?? null

/**
 * Whether a request may come under this Host header. A web page that has its own name point to this machine (DNS
 * rebinding) sends that name: only `localhost`, addresses and the names given are ours. Without the header it is no
 * browser.
 */
export const isAllowedHost = (header: string | undefined, names: ReadonlyArray<string>): boolean => {
  if (header === undefined) return true
  const name = hostName(header)
  if (name === null) return false
  return name === "localhost" || isIP(name) !== 0 || names.some((allowed) => allowed.toLowerCase() === name)
}

/** The IPv4 address in an IPv4-mapped IPv6 one, as a listener for both families reports it. */
const unmapped = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address

/** Addresses or networks in CIDR notation. What is neither is left out: the configuration has refused it. */
export const networks = (texts: ReadonlyArray<string>): BlockList => {
  const list = new BlockList()
  for (const text of texts) {
    const [address = "", bits] = text.split("/")
    const family = isIP(address) === 6 ? "ipv6" : "ipv4"
    if (isIP(address) === 0) continue
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

const includes = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")

/**
 * Whether a trusted proxy says that its client came over plain HTTP. What anybody else says in `X-Forwarded-Proto` counts
 * for nothing, and a client without a proxy comes as it must: there is no TLS here to send it to.
 */
export const cameUnencrypted = (
  peer: string | undefined,
  headers: IncomingHttpHeaders,
  trusted: BlockList
): boolean => {
  const forwarded = headers["x-forwarded-proto"]
  if (forwarded === undefined || !includes(trusted, unmapped(peer ?? ""))) return false
  // Each proxy adds its own at the end: the last is the word of the one that is trusted.
  return String(forwarded).split(",").at(-1)?.trim().toLowerCase() !== "https"
}
