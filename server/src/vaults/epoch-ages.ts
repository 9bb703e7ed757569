/**
 * When epochs began, by the key file's own record. An ended key opens nothing ever again, so that one may end is not
 * for the database to say alone: whoever can write there could destroy all wraps by it, in every backup too.
 */
import type { KeyFile } from "./key-file.ts"

const DAY_MS = 24 * 60 * 60 * 1000
export const EPOCH_LIFE_MS = 7 * DAY_MS
export const EPOCH_GRACE_MS = 14 * DAY_MS

/** The file with a new epoch, or with one whose turn did not come before: it begins now. */
export function withEpoch(file: KeyFile, epoch: number, key: string, now: number): KeyFile {
  const begun = { ...file.begun, [epoch]: new Date(now).toISOString() }
  return { ...file, epochs: { ...file.epochs, [epoch]: key }, begun }
}

export function withoutEpochs(file: KeyFile, ended: ReadonlySet<number>): KeyFile {
  const left = <T>(of: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(of).filter(([epoch]) => !ended.has(Number(epoch))))
  return { ...file, epochs: left(file.epochs), begun: left(file.begun) }
}

/** An epoch was superseded when the next one in the file began; the newest never was. */
export function mayEnd(file: KeyFile, epoch: number, now: number): boolean {
  const later = Object.keys(file.epochs)
    .map(Number)
    .filter(each => each > epoch)
  const superseded = later.length === 0 ? undefined : file.begun[Math.min(...later)]
  return superseded !== undefined && now - Date.parse(superseded) >= EPOCH_GRACE_MS
}
