import assert from "node:assert/strict"
import { isUtf8 } from "node:buffer"
import { test } from "node:test"
import fc from "fast-check"
import { anyCommand } from "../../fixtures/any-command.ts"
import { hear, plain } from "../../fixtures/hear.ts"
import { writeCommand } from "../../fixtures/write-command.ts"
import { signedInReaderLimits } from "./limits.ts"

/** Ways to write a string, taken one after another; one that may not be quoted is a literal. */
function forms(chosen: readonly number[]): (octets: string) => string {
  let at = 0
  return octets => {
    const form = chosen[at++ % chosen.length] ?? 0
    if (form === 0 && !/[\r\n\0]/.test(octets) && isUtf8(Buffer.from(octets, "latin1")))
      return `"${octets.replaceAll(/[\\"]/g, "\\$&")}"`
    return `{${octets.length}${form === 1 ? "+" : ""}}\r\n${octets}`
  }
}

const anyForms = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }).map(forms)

test("reads back each command that is written, however its strings are written", () => {
  fc.assert(
    fc.property(anyCommand, anyForms, (command, form) => {
      const wire = `a1 ${writeCommand(command, form)}\r\n`
      assert.deepEqual(hear([wire]).at(-1), { kind: "command", tag: "a1", command: plain(command) })
    }),
    { numRuns: 500 },
  )
})

test("hears the same commands however a pipelined group is cut, literals refused or taken", () => {
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 })
  fc.assert(
    fc.property(
      fc.array(anyCommand, { maxLength: 4 }),
      anyForms,
      cuts,
      fc.nat(7),
      (commands, form, places, refused) => {
        const wire = commands.map((command, at) => `a${at} ${writeCommand(command, form)}\r\n`).join("")
        const bytes = Buffer.from(wire, "latin1")
        const answering = (): (() => "take" | "refuse") => {
          let asked = 0
          return () => (refused > 0 && asked++ % (refused + 1) === refused ? "refuse" : "take")
        }
        const ordered = [0, ...places.filter(place => place < bytes.length), bytes.length].sort(
          (a, b) => a - b,
        )
        const pieces = ordered.slice(1).map((to, at) => bytes.subarray(ordered[at], to))
        assert.deepEqual(
          hear(pieces, signedInReaderLimits, answering()),
          hear([bytes], signedInReaderLimits, answering()),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test("never throws on octets of no meaning", () => {
  const marks = fc.constantFrom(
    "\r\n",
    "{3}",
    "{3+}\r\n",
    "(",
    '"',
    "\\",
    " ",
    "UID ",
    "SEARCH ",
    "a ",
    "APPEND x ",
    "\0",
    "\n",
    "\r",
  )
  const noise = fc.array(fc.oneof(marks, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 30 })
  fc.assert(
    fc.property(noise, parts => {
      for (const one of hear([parts.join("")])) {
        const { text } = one as { readonly text?: string }
        assert.match(text ?? "", /^[\x20-\x7e]*$/)
      }
    }),
    { numRuns: 1_000 },
  )
})
