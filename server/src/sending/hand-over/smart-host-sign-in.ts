import { readFile } from "node:fs/promises"
import {
  type ChannelBindings,
  loginClient,
  plainClient,
  type SaslClient,
  scramClient,
  scramMechanisms,
} from "@letterkeep/sasl"
import type { Chance } from "../../ports/chance.ts"

export interface SmartHostAccount {
  readonly user: string
  readonly passwordFile: string
  /** Is the sign-in bound to the connection, where that is offered? False: only because the operator says so. */
  readonly isBound: boolean
}

/**
 * How this server signs in with its smart host: the ways that it knows, the best first, made anew for each session. The
 * password goes out inside TLS alone, and by SCRAM not at all. With what the connection can be bound to SCRAM's proof is
 * good on that connection alone, and where the far side does not offer that it hears that we would have (RFC 5802 §6):
 * whoever took the offer away on the way is found out. Rejects with SmartHostPasswordError where the file has none.
 */
export async function openSmartHostSignIn(
  { user, passwordFile, isBound }: SmartHostAccount,
  chance: Chance,
): Promise<(bindings: ChannelBindings) => readonly SaslClient[]> {
  const [secret = ""] = (await readPassword(passwordFile)).split(/\r?\n/, 1)
  if (secret === "") throw new SmartHostPasswordError(passwordFile)
  const credentials = { name: user, secret }
  return given => {
    // Without it, "n" is said: that we could is nothing to say where we would not.
    const bindings: ChannelBindings = isBound ? given : new Map()
    return [
      ...scramMechanisms(bindings).map(mechanism =>
        scramClient({ ...credentials, mechanism, bindings, random: chance.bytes(nonceBytes) }),
      ),
      plainClient(credentials),
      loginClient(credentials),
    ]
  }
}

const nonceBytes = 18

async function readPassword(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8")
  } catch (cause) {
    throw new SmartHostPasswordError(file, { cause })
  }
}

/** A sentence for the operator. */
export class SmartHostPasswordError extends Error {
  override readonly name = "SmartHostPasswordError"
  readonly temporary = false

  constructor(file: string, options?: ErrorOptions) {
    super(
      `[sending] smart_host_password_file: ${file} has no password in its first line, or cannot be read`,
      options,
    )
  }
}
