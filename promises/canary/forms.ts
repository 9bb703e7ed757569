/**
 * The forms in which a word can lie on a disk without being in plain sight. Each is a run of bytes that is there
 * whenever the word is there in that coding, whatever stands around it.
 */
export interface Needle {
  readonly form: string
  readonly bytes: Buffer
}

/** A word that base64 at an odd offset would cut too short to be sure of is refused. Octets. */
export const shortestWord = 12

/** `word`: ASCII letters and digits. */
export function formsOf(word: string): readonly Needle[] {
  if (!/^[A-Za-z0-9]+$/.test(word) || word.length < shortestWord) {
    throw new RangeError(`a canary is ${shortestWord} or more letters and digits`)
  }
  const cases = [
    ["", word],
    [" in lower case", word.toLowerCase()],
    [" in upper case", word.toUpperCase()],
  ] as const
  const needles = cases.flatMap(([suffix, text]) => [
    { form: `raw${suffix}`, bytes: Buffer.from(text, "latin1") },
    { form: `UTF-16LE${suffix}`, bytes: Buffer.from(text, "utf16le") },
    { form: `UTF-16BE${suffix}`, bytes: Buffer.from(text, "utf16le").swap16() },
    ...hexForms(text, suffix),
    ...base64Forms(Buffer.from(text, "latin1"), `base64${suffix}`),
    ...base64Forms(Buffer.from(text, "utf16le"), `base64 of UTF-16LE${suffix}`),
  ])
  return needles.filter((needle, at) => needles.findIndex(one => one.bytes.equals(needle.bytes)) === at)
}

function hexForms(text: string, suffix: string): readonly Needle[] {
  const octets = [...Buffer.from(text, "latin1")].map(octet => octet.toString(16).padStart(2, "0"))
  return [false, true].flatMap(upper => {
    const pairs = upper ? octets.map(pair => pair.toUpperCase()) : octets
    const named = (form: string, joined: string) => ({ form: `${form}${suffix}`, bytes: Buffer.from(joined) })
    return [
      named("hex", pairs.join("")),
      named("quoted-printable", pairs.map(pair => `=${pair}`).join("")),
      named("URL-encoded", pairs.map(pair => `%${pair}`).join("")),
    ]
  })
}

/** The characters that depend on the word alone, for each of the three offsets it can have. */
function base64Forms(word: Buffer, form: string): readonly Needle[] {
  return [0, 1, 2].flatMap(offset => {
    const text = Buffer.concat([Buffer.alloc(offset), word]).toString("base64")
    const from = Math.ceil((offset * 8) / 6)
    const to = Math.floor(((offset + word.length) * 8) / 6)
    const sure = text.slice(from, to)
    const url = sure.replaceAll("+", "-").replaceAll("/", "_")
    return [sure, url].map(one => ({ form: `${form} at ${offset}`, bytes: Buffer.from(one, "latin1") }))
  })
}
