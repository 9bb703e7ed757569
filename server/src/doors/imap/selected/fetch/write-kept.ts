/**
 * Content items of a large message: its octets pass through, some at a time. What is held is a header of which fields
 * are wanted, and of a part to be decoded, its first megabyte.
 */
import { createTransferDecoder } from "@letterkeep/mime"
import { BrokenLiteralError, type Out } from "../../handler.ts"
import { type ContentAnswer, writeNothing } from "./answer-content.ts"
import { partOf, type Span } from "./locate.ts"
import { pickFields } from "./pick-fields.ts"
import type { Content } from "./plan.ts"
import { type KeptBody, type ReadParts, readOctets } from "./read-octets.ts"

type Answered = Exclude<ContentAnswer, { readonly kind: "unknown-encoding" }>
type Decoded = Extract<ContentAnswer, { readonly kind: "decoded" }>

/** `label`: with what stands before it; it is written with the first octets, so that what does not open leaves nothing. */
export async function writeKept(
  parts: ReadParts,
  out: Out,
  label: string,
  content: Content,
  answer: Answered,
  body: KeptBody,
): Promise<void> {
  switch (answer.kind) {
    case "nothing":
      out.write(label + writeNothing(content))
      return
    case "octets":
      return await passOn(parts, out, label, body, answer.span)
    case "fields": {
      const pieces: string[] = []
      await readOctets(parts, body, answer.header, piece => pieces.push(piece.toString("latin1")))
      const picked = pickFields(pieces.join(""), answer.names, answer.what)
      const { from, to } = partOf({ from: 0, to: picked.length }, answer.partial)
      out.write(`${label} {${to - from}}\r\n`)
      return await writeInSlices(out, Buffer.from(picked.slice(from, to), "latin1"))
    }
    case "decoded":
      return await writeDecoded(parts, out, label, answer, body)
  }
}

async function passOn(parts: ReadParts, out: Out, label: string, body: KeptBody, span: Span): Promise<void> {
  const octets = span.to - span.from
  let left = octets
  const announce = (): void => out.write(`${label} {${octets}}\r\n`)
  try {
    await readOctets(
      parts,
      body,
      span,
      piece => {
        if (left === octets) announce()
        left -= piece.length
        out.write(piece)
      },
      out,
    )
    if (left !== 0) throw new RangeError("a body has not the octets that its row says")
  } catch (cause) {
    if (left === octets) throw cause
    throw broken(cause)
  }
  if (octets === 0) announce()
}

/** Whatever fails once a literal was announced leaves it unfinished. */
function broken(cause: unknown): BrokenLiteralError {
  return new BrokenLiteralError("a literal could not be written to its end", { cause })
}

async function orBroken(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw broken(cause)
  }
}

/** Octets between two looks at `out`. */
const slice = 256 * 1024

async function writeInSlices(out: Out, octets: Buffer): Promise<void> {
  await orBroken(async () => {
    for (let at = 0; at < octets.length; at += slice) {
      out.write(octets.subarray(at, at + slice))
      if (out.isFull) await out.drained()
    }
  })
}

/** Decoded octets that are held, so that a part of ordinary size is read once. */
const heldLimit = 1024 * 1024

/** The literal's length comes before its octets: a part that is larger than is held is decoded twice. */
async function writeDecoded(
  parts: ReadParts,
  out: Out,
  label: string,
  answer: Decoded,
  body: KeptBody,
): Promise<void> {
  const held: Buffer[] = []
  let size = 0
  let nul = false
  await decode(parts, body, answer, octets => {
    size += octets.length
    nul ||= octets.includes(0)
    if (answer.give === "octets" && size <= heldLimit) held.push(octets)
  })
  if (answer.give === "size") {
    out.write(`${label} ${size}`)
    return
  }
  const wanted = partOf({ from: 0, to: size }, answer.partial)
  out.write(`${label} ${nul ? "~" : ""}{${wanted.to - wanted.from}}\r\n`)
  if (size <= heldLimit) return await writeInSlices(out, Buffer.concat(held).subarray(wanted.from, wanted.to))
  await orBroken(async () => {
    let at = 0
    let left = wanted.to - wanted.from
    await decode(
      parts,
      body,
      answer,
      octets => {
        const piece = octets.subarray(clamp(wanted.from - at, octets), clamp(wanted.to - at, octets))
        at += octets.length
        left -= piece.length
        out.write(piece)
      },
      out,
    )
    if (left !== 0) throw new RangeError("a part was decoded to other octets the second time")
  })
}

function clamp(offset: number, octets: Buffer): number {
  return Math.min(Math.max(offset, 0), octets.length)
}

async function decode(
  parts: ReadParts,
  body: KeptBody,
  { span, encoding }: Decoded,
  use: (octets: Buffer) => void,
  out?: Out,
): Promise<void> {
  const decoder = createTransferDecoder(encoding)
  await readOctets(parts, body, span, piece => use(decoder.push(piece)), out)
  use(decoder.end())
}
