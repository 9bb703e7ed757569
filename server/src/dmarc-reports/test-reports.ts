import { crc32, deflateRawSync } from "node:zlib"
import { type AggregateRecord, type AggregateReport, writeAggregate } from "@letterkeep/dmarc"
import type { ArrivedMessage } from "./counts.ts"

/** Reports as others send them, for tests. */
export function makeReport(
  domain: string,
  day: number,
  records: readonly (Pick<AggregateRecord, "sourceIp" | "count"> & Partial<AggregateRecord>)[],
  more: Partial<AggregateReport> = {},
): Buffer {
  return Buffer.from(
    writeAggregate({
      ...{
        organization: "Far Mail",
        email: "dmarc@far.test",
        moreContact: undefined,
        id: `${domain}-${day}`,
      },
      ...{ from: day, to: day + 86_399_000, errors: [], generator: undefined },
      policy: {
        ...{ domain, policy: "none", subdomainPolicy: undefined, nonexistentPolicy: undefined },
        ...{ dkimAlignment: undefined, spfAlignment: undefined, isTest: undefined },
        ...{ failureOptions: undefined, discovery: undefined, percent: undefined },
      },
      records: records.map(record => ({
        ...{ disposition: "none", dkim: "fail", spf: "fail", reasons: [], headerFrom: domain },
        ...{ envelopeFrom: undefined, envelopeTo: undefined, dkimResults: [] },
        spfResults: [{ domain, scope: "mfrom", result: "fail", human: undefined }],
        ...record,
      })),
      ...more,
    }),
  )
}

interface ZipFile {
  readonly name: string
  readonly bytes: Buffer
  readonly stored?: boolean
  /** What the directory says of its length, in place of the truth. */
  readonly claims?: number
}

export function makeZip(files: readonly ZipFile[], comment = ""): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let at = 0
  for (const { name, bytes, stored = false, claims = bytes.length } of files) {
    const data = stored ? bytes : deflateRawSync(bytes)
    // method, time, date, CRC, lengths
    const facts = Buffer.alloc(20)
    facts.writeUInt16LE(stored ? 0 : 8, 0)
    facts.writeUInt32LE(crc32(bytes), 6)
    facts.writeUInt32LE(data.length, 10)
    facts.writeUInt32LE(claims, 14)
    facts.writeUInt16LE(name.length, 18)
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004\u0014\0\0\0", "latin1"), facts, Buffer.alloc(2)])
    const place = Buffer.alloc(16)
    place.writeUInt32LE(at, 12)
    entries.push(
      Buffer.concat([
        Buffer.from("PK\u0001\u0002\u0014\0\u0014\0\0\0", "latin1"),
        facts,
        place,
        Buffer.from(name),
      ]),
    )
    locals.push(local, Buffer.from(name), data)
    at += local.length + name.length + data.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write("PK\u0005\u0006", "latin1")
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...locals, directory, end, Buffer.from(comment)])
}

/** A message that came in the name of a domain, which asks for reports at its own postmaster. */
export function seenAs(domain: string, record: Partial<AggregateRecord>): ArrivedMessage {
  return {
    isNotice: false,
    reportsTo: [{ address: `reports@${domain}`, domain, limit: undefined }],
    policy: {
      ...{ domain, policy: "none", subdomainPolicy: undefined, nonexistentPolicy: undefined },
      ...{ dkimAlignment: "relaxed", spfAlignment: "relaxed", isTest: false },
      ...{ failureOptions: undefined, discovery: "treewalk", percent: undefined },
    },
    record: {
      ...{ sourceIp: "192.0.2.1", disposition: "none", dkim: "fail", spf: "fail", reasons: [] },
      ...{ headerFrom: domain, envelopeFrom: undefined, envelopeTo: undefined, dkimResults: [] },
      spfResults: [{ domain, scope: "mfrom", result: "softfail", human: undefined }],
      ...record,
    },
  }
}
