import { cutAtRandom, distort, openSoak } from "../../fixtures/soaking.ts"
import { clientDialogues } from "./fixtures/client-dialogues.ts"
import { converse, openReceiver, type Piece } from "./fixtures/converse.ts"
import { dialogueLimits, dialogueMechanisms, dialogues } from "./fixtures/dialogues.ts"
import { play } from "./fixtures/far-side.ts"
import { signInDialogues } from "./fixtures/sign-in-dialogues.ts"

/**
 * Feeds both sides random and mutated dialogues for a while: `node packages/smtp/soak.ts --seconds 600`; options and
 * last line as fixtures/soaking.ts says. It fails, besides, when a cut changes what the receiver says, when more input
 * is held than one piece and one line, or when the client does not end, or owes a recipient an outcome.
 */
const soak = openSoak()
const { below, pick, bytes: noise } = soak.chance

/** What smuggling is made of, and words that change the state. */
const marks = [
  "\r",
  "\n",
  ".",
  "\r\n.\r\n",
  "\n.\n",
  "BDAT 5\r\n",
  "DATA\r\n",
  "RSET\r\n",
  "STARTTLS\r\n",
  "AUTH PLAIN\r\n",
  "*\r\n",
  "\xff",
  "\0",
]
const distortion = { marks, splice: () => dialogueBytes().subarray(0, below(3_000)), longestRun: 3_000 }

const replyMarks = [
  "250 ok\r\n",
  "354 go\r\n",
  "421 x\r\n",
  "550 x\r\n",
  "250-",
  "\r",
  "\n",
  "\r\n",
  "\0",
  "\xff",
]
const farDistortion = { marks: replyMarks, splice: () => noise(below(200)), longestRun: 3_000 }

/** One receiver that lives as long as the soak: what it leaks would add up. */
let longLived = openPatient()
let octets = 0
let requests = 0

await soak.run(
  () => {
    const bytes = nextInput()
    octets += bytes.length
    const rules = {
      limits: dialogueLimits,
      ...(below(2) === 0 ? {} : { signIn: dialogueMechanisms }),
    }
    const seen = converse(cutAtRandom(bytes, soak.chance), rules)
    requests += seen.requests.length
    const whole = converse([bytes], rules)
    if (JSON.stringify(seen) !== JSON.stringify(whole)) soak.fail("a cut changed what was said", bytes)
    feedLongLived(bytes)
    feedClient()
  },
  () => ({ octets, requests }),
)

function openPatient(): ReturnType<typeof openReceiver> {
  return openReceiver({ limits: { errors: 1e9, idleCommands: 1e9, transactions: 1e9 } })
}

function feedLongLived(bytes: Buffer): void {
  longLived.push(bytes)
  for (let request = longLived.next(); request !== undefined; request = longLived.next()) {
    if (longLived.asking && request.kind !== "starttls") longLived.answer({ code: 250, text: "OK" })
    else if (longLived.asking) longLived.answer({ code: 454, text: "Not now" })
    if (request.kind === "closing") longLived = openPatient()
  }
  longLived.output()
  if (longLived.waiting > 2_000) soak.fail(`${longLived.waiting} octets are held`, bytes)
}

/** A far side of the list whose turns are distorted, cut and left out, and that hangs up at last. */
function feedClient(): void {
  const script = pick(clientDialogues)
  const says = script.says
    .filter(turn => turn === "<tls stands>" || (turn !== "<lost>" && below(12) > 0))
    .flatMap(turn => {
      if (turn.startsWith("<")) return [turn]
      let bytes: Buffer = Buffer.from(turn, "latin1")
      for (let times = below(3); times > 0; times -= 1) bytes = distort(bytes, soak.chance, farDistortion)
      octets += bytes.length
      return cutAtRandom(bytes, soak.chance).map(piece => Buffer.from(piece).toString("latin1"))
    })
  const { events } = play({ ...script, says: [...says, "<lost>"], bearsTls: true })
  const ends = events.filter(event => event.startsWith("closing "))
  if (ends.length !== 1 || events.at(-1) !== ends[0])
    soak.fail("the client did not end", Buffer.from(says.join("|"), "latin1"))
}

/** A dialogue of the list, mutated a few times, or bytes of no meaning. */
function nextInput(): Buffer {
  if (below(10) === 0) return noise(below(2_000))
  let bytes = dialogueBytes()
  for (let times = below(6); times > 0; times -= 1) bytes = distort(bytes, soak.chance, distortion)
  return bytes
}

function dialogueBytes(): Buffer {
  const pieces: readonly Piece[] = pick(below(4) === 0 ? signInDialogues : dialogues).pieces
  return Buffer.concat(pieces.filter(piece => piece !== "secured"))
}
