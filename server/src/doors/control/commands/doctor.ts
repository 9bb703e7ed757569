import type { Resolver } from "@letterkeep/dns"
import { z } from "zod"
import type { CertificateState } from "../../../certificates/index.ts"
import type { HouseLedger, Register } from "../../../privacy/index.ts"
import type { Store } from "../../../store/index.ts"
import { command } from "../command.ts"
import { examineAgreements } from "../doctor/agreements.ts"
import { examineDatabase } from "../doctor/database.ts"
import type { Finding } from "../doctor/finding.ts"
import { examineLedger } from "../doctor/ledger.ts"
import {
  examineDataFolder,
  examineDisk,
  examineKeyFile,
  examineLimits,
  examineMemory,
  examineUser,
} from "../doctor/machine.ts"
import { examineCertificate, examineDoor, examineHostname, examineResolver } from "../doctor/outside.ts"
import { examinePolicy } from "../doctor/policy.ts"
import { examineQueue } from "../doctor/queue.ts"
import { examineSigning } from "../doctor/signing.ts"

export interface DoctorFacts {
  readonly dataFolder: string
  readonly keyFile: string
  readonly lowWaterBytes: number
  readonly maxConnections: number
  readonly hostname: string
  readonly smtp: string | undefined
  readonly certificate: () => { readonly selfSigned: boolean; readonly expiresAt: number }
  /** Undefined where no authority is asked for certificates. */
  readonly authority: (() => Promise<CertificateState>) | undefined
  readonly resolver: Resolver
  readonly register: Pick<Register, "inForce">
  readonly ledger: Pick<HouseLedger, "waitingFor" | "lost">
  /** Settings of `[operator]` that are empty. */
  readonly policyLacks: readonly string[]
  /** The database is one of the operator's choice, not the server's own. */
  readonly isDatabaseGiven: boolean
  readonly store: Pick<Store, "rights" | "sql">
  readonly now: () => number
}

const marks = { well: "  ", look: "! ", wrong: "X " } as const

export const doctorCommands = (facts: DoctorFacts) => [
  command("doctor", z.object({}), async () => {
    const findings: Finding[] = await Promise.all([
      examineDisk(facts.dataFolder, facts.lowWaterBytes),
      examineDataFolder(facts.dataFolder),
      examineKeyFile(facts.keyFile, facts.dataFolder),
      examineUser(),
      examineDatabase(facts.store),
      examineMemory(),
      examineLimits(facts.maxConnections),
      examineDoor(facts.smtp),
      examineHostname(facts.hostname, facts.resolver),
      examineResolver(facts.resolver),
      examineAgreements(facts.register, facts.now()),
      examinePolicy(facts.policyLacks, facts.isDatabaseGiven),
      examineLedger(facts.ledger),
      examineSigning(facts.store),
      examineQueue(facts.store),
      examineCertificate(facts.certificate(), await facts.authority?.(), facts.now()),
    ])
    const lines = findings.flatMap(({ about, state, says, todo }) => [
      `${marks[state]}${about.padEnd(12)} ${says}`,
      ...(todo === undefined ? [] : [`${"".padEnd(14)} -> ${todo}`]),
    ])
    const unwell = findings.filter(finding => finding.state !== "well").length
    return {
      text: [...lines, "", unwell === 0 ? "all is well" : `${unwell} of ${findings.length} want a look`].join(
        "\n",
      ),
      value: { findings },
    }
  }),
]
