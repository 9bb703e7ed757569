import { z } from "zod"
import type { Clock } from "../../../ports/clock.ts"
import type { Timer } from "../../../ports/timer.ts"
import type { Privacy } from "../../../privacy/index.ts"
import { type DnsFinding, drift, type Examined, zoneFile, zoneLine } from "../../../sending/index.ts"
import { type ControlCall, type ControlResult, command } from "../command.ts"
import { notOurs, readDomain } from "../read-domain.ts"

interface DnsParts {
  readonly examineDomain: (domain: string, signal: AbortSignal) => Promise<Examined>
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly timer: Timer
}

/** Minutes between two looks. */
const rarest = 24 * 60
const minutes = z
  .string()
  .regex(/^\d{1,4}$/, "write a number of minutes, like 10")
  .transform(Number)
  .refine(value => value >= 1 && value <= rarest, `write a number of minutes from 1 to ${rarest}`)

/** What has to be in the DNS for a domain, and what is. */
export const dnsCommands = (parts: DnsParts) => [
  command(
    "dns",
    z.object({
      domain: z.string().max(1000),
      zone: z.boolean().default(false),
      watch: minutes.optional(),
    }),
    async (input, call) => {
      const domain = await readDomain(parts.privacy, input.domain)
      if (input.watch !== undefined) return await watch(parts, domain, input.watch * 60_000, call)
      const { records, findings } = await examine(parts, domain, call.signal)
      const value = { domain, records, findings }
      if (input.zone) return { text: zoneFile(domain, records).trimEnd(), value }
      const text = [
        `to publish for ${domain} (--zone prints these alone):`,
        "",
        ...records.map(record => zoneLine(record)),
        "",
        "what the DNS says now:",
        "",
        ...findings.flatMap(linesOf),
        "",
        summary(findings),
      ]
      return { text: text.join("\n"), value }
    },
  ),
]

async function examine({ examineDomain }: DnsParts, domain: string, signal: AbortSignal) {
  const examined = await examineDomain(domain, signal)
  if (examined.kind === "not-ours") throw notOurs(domain)
  return examined
}

/** Says what changes from look to look, until whoever asked has gone. */
async function watch(
  parts: DnsParts,
  domain: string,
  every: number,
  call: ControlCall,
): Promise<ControlResult> {
  const write = (lines: readonly string[]): Promise<void> =>
    call.bytes(Buffer.from(lines.map(line => `${line}\n`).join(""), "utf8"))
  let { findings } = await examine(parts, domain, call.signal)
  const unwell = findings.filter(({ state }) => state !== "well")
  await write([
    `watching ${domain} every ${every / 60_000} min; now: ${summary(findings)}`,
    ...unwell.map(oneLine),
  ])
  while (await passed(parts.timer, every, call.signal)) {
    const next = (await examine(parts, domain, call.signal)).findings
    const { gone, come, known } = drift(findings, next)
    const at = new Date(parts.clock.now()).toISOString().slice(0, 16)
    const lines = [
      ...gone.map(one => `${at}Z  no more: ${oneLine(one)}`),
      ...come.map(one => `${at}Z  new:     ${oneLine(one)}`),
    ]
    if (lines.length > 0 && !call.signal.aborted) await write(lines)
    findings = known
  }
  return { text: "", value: { domain, findings } }
}

/** False where `signal` ended the wait. */
function passed(timer: Timer, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(false)
    const end = (): void => {
      callOff()
      resolve(false)
    }
    const callOff = timer.after(ms, () => {
      signal.removeEventListener("abort", end)
      resolve(true)
    })
    signal.addEventListener("abort", end, { once: true })
  })
}

const marks: { readonly [S in DnsFinding["state"]]: string } = {
  well: "  ",
  may: "- ",
  look: "! ",
  wrong: "X ",
  urgent: "XX",
  unknown: "? ",
}

const linesOf = ({ about, state, says, todo }: DnsFinding): readonly string[] => [
  `${marks[state]} ${about.padEnd(12)} ${says}`,
  ...(todo === undefined ? [] : [`${"".padEnd(15)} -> ${todo}`]),
]

const oneLine = ({ about, state, says }: DnsFinding): string => `${about} (${state}): ${says}`

function summary(findings: readonly DnsFinding[]): string {
  const count = (...states: DnsFinding["state"][]): number =>
    findings.filter(({ state }) => states.includes(state)).length
  const parts = [
    ...(count("urgent") > 0 ? [`${count("urgent")} urgent`] : []),
    ...(count("wrong") > 0 ? [`${count("wrong")} wrong`] : []),
    ...(count("look") > 0 ? [`${count("look")} that want a look`] : []),
    ...(count("may") > 0 ? [`${count("may")} that may be better`] : []),
    ...(count("unknown") > 0 ? [`${count("unknown")} that the DNS did not answer`] : []),
  ]
  return parts.length === 0 ? "all is well" : parts.join(", ")
}
