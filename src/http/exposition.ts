import { cpuUsage, memoryUsage, version as nodeVersion, uptime } from "node:process"
import { Counter, Gauge, Registry } from "prom-client"
import { fileDescriptors } from "../platform.ts"
import { durationCounts } from "../services/telemetry/Counters.ts"
import type { Aggregate } from "../services/telemetry/SharedCounts.ts"
import { FAMILIES, type Family } from "./families.ts"

/** A scrape's answer. */
export interface Exposition {
  readonly contentType: string
  readonly body: string
}

/** What prom-client asks of a registered metric; its own histogram takes single observations only, and no sums. */
class CountedHistogram {
  readonly #family: Family & { readonly type: "histogram" }
  readonly #aggregate: Aggregate

  constructor(family: Family & { readonly type: "histogram" }, aggregate: Aggregate) {
    this.#family = family
    this.#aggregate = aggregate
  }

  get name(): string {
    return this.#family.name
  }

  async get() {
    const { name, help, key } = this.#family
    const { upTo, sum } = durationCounts(this.#aggregate.counts, key)
    return {
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values: [
        ...upTo.map(({ bound, count }) => ({
          metricName: `${name}_bucket`,
          labels: { le: bound === null ? "+Inf" : String(bound / 1000) },
          value: count
        })),
        { metricName: `${name}_sum`, labels: {}, value: sum / 1000 },
        { metricName: `${name}_count`, labels: {}, value: upTo.at(-1)?.count ?? 0 }
      ]
    }
  }
}

const register = (registry: Registry, family: Family, aggregate: Aggregate): void => {
  const { name, help } = family
  const registers = [registry]
  switch (family.type) {
    case "counter":
      return new Counter({ name, help, registers }).inc(aggregate.counts.get(family.key) ?? 0)
    case "gauge":
      return new Gauge({ name, help, registers }).set(family.read(aggregate))
    case "labelled": {
      const counter = new Counter({ name, help, registers, labelNames: [...family.labelNames] })
      for (const { labels, value } of family.read(aggregate.counts)) counter.inc({ ...labels }, value)
      return
    }
    case "histogram":
      return registry.registerMetric(new CountedHistogram(family, aggregate) as never)
  }
}

/**
 * This process's own numbers, by the names that every Prometheus client gives them. Not prom-client's default metrics:
 * three of those fail promtool, and its event loop monitor would keep a terminal busy that does nothing.
 */
const registerProcess = (registry: Registry, now: number): void => {
  const registers = [registry]
  const { user, system } = cpuUsage()
  const memory = memoryUsage()
  const descriptors = fileDescriptors()
  const gauge = (name: string, help: string, value: number | null) => {
    if (value !== null) new Gauge({ name, help, registers }).set(value)
  }
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of the process that serves this, in seconds.",
    registers
  }).inc((user + system) / 1_000_000)
  gauge(
    "process_start_time_seconds",
    "Start of the process that serves this, in seconds since the epoch.",
    now / 1000 - uptime()
  )
  gauge("process_resident_memory_bytes", "Resident memory of the process that serves this.", memory.rss)
  gauge("process_open_fds", "Open file descriptors of the process that serves this.", descriptors?.open ?? null)
  gauge("process_max_fds", "Most file descriptors that it may open.", descriptors?.max ?? null)
  gauge("nodejs_heap_size_total_bytes", "JavaScript heap of the process that serves this.", memory.heapTotal)
  gauge("nodejs_heap_size_used_bytes", "Used part of that heap.", memory.heapUsed)
  gauge("nodejs_external_memory_bytes", "Memory outside the heap that belongs to its objects.", memory.external)
}

/**
 * Writes what all processes have counted, and what this one is, in Prometheus' text format.
 *
 * @param version EffectTalk's
 * @param now milliseconds since the epoch
 */
export const exposition = async (aggregate: Aggregate, version: string, now: number): Promise<Exposition> => {
  const registry = new Registry()
  for (const family of FAMILIES) register(registry, family, aggregate)
  new Gauge({
    name: "effect_talk_build_info",
    help: "1, with the versions of EffectTalk and Node that serve this.",
    labelNames: ["version", "node"],
    registers: [registry]
  }).set({ version, node: nodeVersion }, 1)
  registerProcess(registry, now)
  return { contentType: registry.contentType, body: await registry.metrics() }
}
