/** One job, whichever thread does it. */
import { asBuffer } from "./as-buffer.ts"
import { buildSegment } from "./build-segment.ts"
import { DamagedSegmentError, inSegment } from "./damaged-index-error.ts"
import { type InputSegment, openPages } from "./merge-input.ts"
import type { Job, JobPorts, JobResult } from "./merge-job.ts"
import { mergeSegments } from "./merge-segments.ts"

/** Throws DamagedSegmentError where what it reads is not what was written. */
export async function runJob(job: Job, ports: JobPorts): Promise<JobResult> {
  if (job.kind === "build") {
    const entries = async () =>
      (await ports.entries()).map(({ bodyId, data, ...entry }) => ({
        ...entry,
        bodyId: asBuffer(bodyId),
        data: asBuffer(data),
      }))
    return { kind: "build", ...(await buildSegment(job, { entries, store: ports.store }, job.limits)) }
  }
  const inputs = job.inputs.map(({ gone, ...input }): InputSegment => ({ ...input, gone: new Set(gone) }))
  const made = await mergeSegments(
    job,
    inputs,
    async (input, kind, first, count) => {
      const pages = await ports.pages(input.id, kind, first, count)
      if (pages.length !== count) throw new DamagedSegmentError(input.id)
      return inSegment(input, () => openPages(job.account, input, kind, first, pages))
    },
    ports.store,
  )
  return { kind: "merge", made }
}
