/** What the thread that makes segments is asked to do, and what it says: all of it can be cloned. */
import type { KeyObject } from "node:crypto"
import type { AccountId, EmailId } from "../../store/ids.ts"
import type { GatherLimits } from "./limits.ts"
import type { Root } from "./root.ts"
import type { MadeSegment, SealedPage } from "./segment-writer.ts"

export interface JobInput {
  readonly id: number
  readonly key: KeyObject
  readonly root: Root
  readonly gone: readonly number[]
}

export type Job = {
  readonly account: AccountId
  /** The new segment's number and key. */
  readonly id: number
  readonly key: KeyObject
} & (
  | { readonly kind: "build"; readonly limits: GatherLimits }
  | { readonly kind: "merge"; readonly inputs: readonly JobInput[] }
)

export type JobResult =
  | {
      readonly kind: "build"
      readonly made: MadeSegment | undefined
      readonly taken: readonly EmailId[]
      readonly damaged: readonly EmailId[]
    }
  | { readonly kind: "merge"; readonly made: MadeSegment | undefined }

/** What the thread needs of the database while it works. */
export interface JobPorts {
  /** Of a build: the next entries, ascending; none: there are no more. */
  entries(): Promise<readonly CloneableEntry[]>
  /** Pages as they are stored; fewer where some are missing. */
  pages(segment: number, kind: number, first: number, count: number): Promise<readonly Uint8Array[]>
  store(pages: readonly SealedPage[]): Promise<void>
}

export interface CloneableEntry {
  readonly email: EmailId
  readonly bodyId: Uint8Array
  readonly key: KeyObject
  readonly headBytes: number | undefined
  readonly data: Uint8Array
}

export type Question =
  | { readonly kind: "entries" }
  | {
      readonly kind: "pages"
      readonly segment: number
      readonly pageKind: number
      readonly first: number
      readonly count: number
    }
  | { readonly kind: "store"; readonly pages: readonly SealedPage[] }

export type ToThread =
  | { readonly kind: "job"; readonly job: Job }
  /** To the question that was asked last; `value` is what its port resolved to. */
  | { readonly kind: "answer"; readonly value: unknown }
  /** The job has failed outside. */
  | { readonly kind: "give-up" }

/** `damaged`: the segment that was. */
export type FromThread =
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "done"; readonly result: JobResult }
  | { readonly kind: "failed"; readonly damaged: number | undefined; readonly message: string }
