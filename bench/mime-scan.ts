/** What reading a message on arrival costs: the boundary scan, and what the sealed entry takes from it. */
import {
  attachmentNames,
  envelopeTextOf,
  firstFieldText,
  messageIds,
  previewOf,
  scanMessage,
  textOf,
} from "../packages/mime/src/index.ts"
import { makeMessage, seededRandom } from "./measure/corpus.ts"
import { type BenchOptions, type BenchResult, numberOption } from "./measure/result.ts"

/** Characters of text an entry holds. */
const TEXT_LIMIT = 16_384

const STEPS: readonly [string, (bytes: Buffer) => unknown][] = [
  ["scanMessage", bytes => scanMessage(bytes)],
  [
    "+ envelope",
    bytes => {
      const scan = scanMessage(bytes)
      return envelopeTextOf(bytes, scan.root.fields)
    },
  ],
  [
    "+ ids, text, preview, names",
    bytes => {
      const scan = scanMessage(bytes)
      return [
        envelopeTextOf(bytes, scan.root.fields),
        messageIds(firstFieldText(bytes, scan.root.fields, "references") ?? ""),
        textOf(scan, TEXT_LIMIT),
        previewOf(scan),
        attachmentNames(scan),
      ]
    },
  ],
]

export async function run(options: BenchOptions): Promise<BenchResult> {
  const milliseconds = numberOption(options, "milliseconds", 400)
  const sizes = [2, 20, 200]
  const rows = STEPS.map(([name, step]) => [
    name,
    ...sizes.map(size => microseconds(step, size, milliseconds)),
  ])
  return {
    name: "mime-scan",
    tables: [{ title: "µs a message", columns: ["step", ...sizes.map(size => `${size} KB`)], rows }],
    notes: [`Mean over ${milliseconds} ms each after as long a warm-up, 32 different messages of a size.`],
  }
}

function microseconds(step: (bytes: Buffer) => unknown, kilobytes: number, milliseconds: number): number {
  const random = seededRandom(kilobytes)
  const messages = Array.from({ length: 32 }, (_, index) => makeMessage(random, kilobytes * 1_000, index))
  const round = () => {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < milliseconds) for (const bytes of messages) if (step(bytes)) count++
    return ((performance.now() - start) * 1_000) / count
  }
  round()
  return round()
}
