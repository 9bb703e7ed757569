/** Bytes of the index that are not what was written there. The index is made again from the mail. */
export class DamagedIndexError extends Error {
  override readonly name: string = "DamagedIndexError"
  readonly temporary = false
}

/** Which segment it was. */
export class DamagedSegmentError extends DamagedIndexError {
  override readonly name = "DamagedSegmentError"
  readonly segment: number

  constructor(segment: number, options?: ErrorOptions) {
    super("a segment of the index is damaged", options)
    this.segment = segment
  }
}

/** Says of which segment what `work` found damaged is. */
export function inSegment<T>({ id }: { readonly id: number }, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof DamagedIndexError) throw new DamagedSegmentError(id, { cause })
    throw cause
  }
}
