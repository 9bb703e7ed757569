/** Opens the control door: what `./letterkeep` can ask a running server. */
import { resolve } from "node:path"
import type { Ground, House } from "./build-house.ts"
import {
  accountCommands,
  certificateCommands,
  choiceCommands,
  dkimCommands,
  dmarcCommands,
  dnsCommands,
  doctorCommands,
  filterCommands,
  filterTryCommands,
  houseCommands,
  impossibleCommands,
  ledgerCommands,
  openControlDoor,
  queueCommands,
  readCommands,
  recipientCommands,
  sentCommands,
  staffAgreementCommands,
  staffChangeCommands,
  staffCommands,
  statusCommands,
  tlsReportCommands,
} from "./doors/control/index.ts"
import { controlSocketPath } from "./doors/control/socket-path.ts"
import { policyFacts } from "./policy-facts.ts"
import { systemTimer } from "./ports/timer.ts"
import { missingFacts } from "./privacy/policy/index.ts"
import { examineOurs } from "./set-up-domains.ts"
import { version } from "./version.ts"

export async function openControl(
  ground: Ground,
  house: House,
  addresses: Readonly<Record<string, string>>,
  startedAt: number,
): Promise<void> {
  const { configuration, asked, closing, log, clock, hostname } = ground
  const { people, store, privacy, resolver, register, certificate } = house
  const door = await openControlDoor({
    path: controlSocketPath(asked.dataFolder),
    log,
    commands: [
      ...houseCommands(people, privacy),
      ...accountCommands(people, privacy),
      ...staffCommands(house),
      ...staffChangeCommands(house),
      ...staffAgreementCommands(house.staffRegister, clock),
      ...choiceCommands(house),
      ...impossibleCommands(),
      ...filterCommands(house),
      ...filterTryCommands(house),
      ...readCommands(house),
      ...queueCommands({ ...house, desk: house.sending.desk }),
      ...sentCommands({ ...house, takeBack: house.sending.takeBack }),
      ...recipientCommands(register, clock),
      ...ledgerCommands({ ...house, now: clock.now }),
      ...dkimCommands({ keys: house.domainKeys, privacy }),
      ...dmarcCommands({ rows: house.dmarcReports.rows, privacy, clock }),
      ...tlsReportCommands({ ...house, clock }),
      ...dnsCommands({
        examineDomain: (domain, signal) => examineOurs(ground, house, domain, signal),
        ...{ privacy, clock, timer: systemTimer },
      }),
      ...certificateCommands({
        certificates: house.certificates,
        current: certificate.current,
        now: clock.now,
      }),
      ...statusCommands(store, register, {
        certificate: house.certificates?.state,
        version,
        startedAt,
        now: clock.now,
        addresses,
        roles: [...asked.roles],
      }),
      ...doctorCommands({
        dataFolder: resolve(asked.dataFolder),
        keyFile: configuration.keys.file,
        lowWaterBytes: configuration.store.lowWater,
        maxConnections:
          configuration.smtp.maxConnections +
          configuration.submission.maxConnections +
          configuration.imap.maxConnections +
          configuration.pop3.maxConnections,
        hostname,
        smtp: addresses.smtp,
        certificate: certificate.current,
        authority: house.certificates?.state,
        resolver,
        policyLacks: missingFacts(policyFacts(configuration)),
        isDatabaseGiven: configuration.store.databaseUrl !== undefined,
        register,
        ledger: house.ledger,
        store,
        now: clock.now,
      }),
    ],
  })
  closing.add(() => door.close())
}
