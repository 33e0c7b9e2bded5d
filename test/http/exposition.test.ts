import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, expect, it } from "vitest"
import { exposition } from "../../src/http/exposition.ts"
import { FAMILIES } from "../../src/http/families.ts"
import { Counters } from "../../src/services/telemetry/Counters.ts"
import type { ProcessCounts } from "../../src/services/telemetry/ProcessCounts.ts"
import type { Aggregate } from "../../src/services/telemetry/SharedCounts.ts"
import { itWith } from "../harness/tools.ts"

/** The seeds' Metrics Reference. */
const SEEDS = [
  "effect_talk_sessions_total",
  "effect_talk_active_sessions",
  "effect_talk_session_duration_seconds",
  "effect_talk_blocks_total",
  "effect_talk_blocks_success",
  "effect_talk_blocks_failed",
  "effect_talk_processes_spawned",
  "effect_talk_process_duration_seconds",
  "effect_talk_process_exit_codes",
  "effect_talk_memory_bytes",
  "effect_talk_resource_pool_utilization",
  "effect_talk_errors_total"
]

const running = (gauges: Partial<ProcessCounts["gauges"]>): ProcessCounts =>
  ({
    gauges: {
      activeSessions: 0,
      runningBlocks: 0,
      queuedBlocks: 0,
      processSlotsUsed: 0,
      processSlotsMax: 0,
      poolUsed: 0,
      poolMax: 0,
      heapBytes: 0,
      residentBytes: 0,
      ...gauges
    }
  }) as ProcessCounts

const aggregate = (): Aggregate => {
  const counters = new Counters()
  counters.count("sessions")
  for (let n = 0; n < 3; n++) counters.count("blocks")
  counters.observe("process_duration", 800)
  counters.observe("process_duration", 90_000)
  counters.exited(1, null)
  counters.error("persistence", "ENOSPC")
  return {
    counts: counters.counts,
    running: [
      running({ activeSessions: 2, heapBytes: 10, residentBytes: 30, poolUsed: 1, poolMax: 4 }),
      running({ activeSessions: 1, heapBytes: 5, residentBytes: 20, poolUsed: 3, poolMax: 4, processSlotsMax: 100 })
    ],
    age: 12_500,
    lastBackup: 1_700_000_000_000,
    unreadable: 1
  }
}

const lines = async () => (await exposition(aggregate(), "1.2.3", 1_000_000)).body.split("\n")

describe("/metrics", () => {
  it("has every metric with its help, its type and the true value", async () => {
    const all = await lines()
    for (const { name, type, help } of FAMILIES) {
      expect(all).toContain(`# HELP ${name} ${help}`)
      expect(all).toContain(`# TYPE ${name} ${type === "labelled" ? "counter" : type}`)
    }
    for (const line of [
      "effect_talk_sessions_total 1",
      "effect_talk_blocks_total 3",
      "effect_talk_blocks_success_total 0",
      "effect_talk_active_sessions 3",
      "effect_talk_memory_bytes 15",
      "effect_talk_resident_memory_bytes 50",
      "effect_talk_resource_pool_utilization 0.75",
      "effect_talk_process_slots_max 100",
      "effect_talk_instances 2",
      "effect_talk_state_age_seconds 12.5",
      "effect_talk_state_unreadable_files 1",
      "effect_talk_last_backup_success_timestamp_seconds 1700000000",
      'effect_talk_process_exit_codes_total{code_class="1-125"} 1',
      'effect_talk_process_exit_codes_total{code_class="0"} 0',
      'effect_talk_errors_total{component="persistence",kind="ENOSPC"} 1',
      'effect_talk_process_duration_seconds_bucket{le="0.5"} 0',
      'effect_talk_process_duration_seconds_bucket{le="1"} 1',
      'effect_talk_process_duration_seconds_bucket{le="300"} 2',
      'effect_talk_process_duration_seconds_bucket{le="+Inf"} 2',
      "effect_talk_process_duration_seconds_sum 90.8",
      "effect_talk_process_duration_seconds_count 2"
    ]) {
      expect(all).toContain(line)
    }
    expect(all.join("\n")).toMatch(/^effect_talk_build_info\{version="1\.2\.3",node="v\d+/m)
    expect(all.at(-1)).toBe("")
  })

  it("has all of the seeds' metrics, each once, under its name or with _total", () => {
    const seeds = FAMILIES.flatMap(({ seed }) => seed ?? [])
    assert.deepStrictEqual([...seeds].sort(), [...SEEDS].sort())
    for (const { name, seed } of FAMILIES) if (seed !== null) assert.include([seed, `${seed}_total`], name)
  })

  it("is described in docs/operations.md by name, seed and help", () => {
    const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8")
    for (const { name, seed, help } of FAMILIES) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` |`))
      assert.isDefined(row, name)
      assert.include(row, help)
      if (seed !== null && seed !== name) assert.include(row, `\`${seed}\``)
    }
  })

  itWith(["promtool"], "passes promtool without a word", async () => {
    const { body } = await exposition(aggregate(), "1.2.3", 1_000_000)
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" })
    assert.deepStrictEqual([status, stdout, stderr], [0, "", ""])
  })
})
