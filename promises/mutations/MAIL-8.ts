/** What would leave a word of a mail on the disk for all to read: MAIL-8 notices it. */
import type { Mutation } from "../check-file.ts"

export const mutations: readonly Mutation[] = [
  {
    name: "bodies are kept as they came",
    file: "server/src/vaults/seal.ts",
    find: "return sealPartsUnder(key.key, boundTo(what), plain, chance)",
    replace:
      'return what.kind === "body"\n    ? [Buffer.alloc(12), Buffer.from(plain), Buffer.alloc(16)]\n' +
      "    : sealPartsUnder(key.key, boundTo(what), plain, chance)",
    also: [
      {
        file: "server/src/vaults/seal.ts",
        find: "return openUnder(key, boundTo(what), sealed)",
        replace:
          'return what.kind === "body"\n    ? Buffer.from(sealed.subarray(12, -16))\n' +
          "    : openUnder(key, boundTo(what), sealed)",
      },
    ],
    why: "whoever takes the disk would read the mail",
  },
  {
    name: "entries of the index are kept as they are",
    file: "server/src/vaults/seal.ts",
    find: "return sealPartsUnder(key.key, boundTo(what), plain, chance)",
    replace:
      'return what.kind === "entry"\n    ? [Buffer.alloc(12), Buffer.from(plain), Buffer.alloc(16)]\n' +
      "    : sealPartsUnder(key.key, boundTo(what), plain, chance)",
    also: [
      {
        file: "server/src/vaults/seal.ts",
        find: "return openUnder(key, boundTo(what), sealed)",
        replace:
          'return what.kind === "entry"\n    ? Buffer.from(sealed.subarray(12, -16))\n' +
          "    : openUnder(key, boundTo(what), sealed)",
      },
    ],
    why: "whoever takes the disk would read who wrote what about",
  },
  {
    name: "pages of the merged index are kept as they are",
    file: "server/src/vaults/segment-pages.ts",
    find: "return Buffer.concat([body, cipher.getAuthTag()])",
    replace: "return Buffer.concat([plain, body.subarray(0, 0), cipher.getAuthTag()])",
    also: [
      {
        file: "server/src/vaults/segment-pages.ts",
        find: "const end = sealed.length - TAG_BYTES",
        replace:
          "if (place.no >= 0) return Buffer.from(sealed.subarray(0, -16))\n  const end = sealed.length - TAG_BYTES",
      },
    ],
    why: "whoever takes the disk would read every word of every mail, in order",
  },
  {
    name: "the log names the sender",
    file: "server/src/flow/receive.ts",
    find: "recipients: deliveries.length,",
    replace: "...{ recipients: deliveries.length, message: envelope.reversePath.open(permit) as never },",
    why: "the log would tell who writes to whom",
  },
  {
    name: "a row is kept in a file for later",
    file: "server/src/messages/delivery.ts",
    find: "let left = sizeOf(delivery)",
    replace:
      'process.getBuiltinModule("node:fs").writeFileSync(\n    process.env.TMPDIR + "/spool",\n    Buffer.concat(delivery.parts).toString("base64"),\n  )\n' +
      "  let left = sizeOf(delivery)",
    why: "a temporary file would hold the mail in another coding",
  },
  ...(["queued-recipient", "queued-body", "queued-answer", "sent"] as const).map(
    (kind): Mutation => ({
      name: `what is called ${kind} is kept as it is`,
      file: "server/src/vaults/seal.ts",
      find: "return sealPartsUnder(key.key, boundTo(what), plain, chance)",
      replace:
        `return what.kind === "${kind}"\n    ? [Buffer.alloc(12), Buffer.from(plain), Buffer.alloc(16)]\n` +
        "    : sealPartsUnder(key.key, boundTo(what), plain, chance)",
      also: [
        {
          file: "server/src/vaults/seal.ts",
          find: "return openUnder(key, boundTo(what), sealed)",
          replace:
            `return what.kind === "${kind}"\n    ? Buffer.from(sealed.subarray(12, -16))\n` +
            "    : openUnder(key, boundTo(what), sealed)",
        },
      ],
      why: "whoever takes the disk would read to whom people write, what, and what became of it",
    }),
  ),
  {
    name: "the log repeats what the far side says",
    file: "server/src/sending/delivering/settler.ts",
    find: 'log.event("sending.tried", {\n    mail: ref(String(mail.mail)),',
    replace:
      'log.event("sending.tried", {\n    mail: JSON.stringify(courses.map(({ tried }) => tried)) as never,',
    why: "servers of others name those whom mail is for",
  },
]
