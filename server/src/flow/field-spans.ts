import type { HeaderField } from "@letterkeep/dkim"

/**
 * Where the fields of these indices lie in a message, as [start, end) in ascending order. The fields cover its
 * header without a gap, so their lengths say where each begins.
 */
export function fieldSpans(fields: readonly HeaderField[], indices: readonly number[]): [number, number][] {
  const wanted = new Set(indices)
  const spans: [number, number][] = []
  let start = 0
  for (const [index, { raw }] of fields.entries()) {
    const end = start + raw.length
    if (wanted.has(index)) spans.push([start, end])
    start = end
  }
  return spans
}
