import type { ChannelBindings } from "../channel-bindings.ts"

/** RFC 7677: SCRAM with SHA-256; "-PLUS" is the one with channel binding (RFC 5802 §4). */
export type ScramMechanism = "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS"

/**
 * What to offer on a connection, the better one first. Offer exactly these: a client that can bind and was not offered
 * it says so, and is refused where it should have been (RFC 5802 §6).
 */
export function scramMechanisms(bindings: ChannelBindings): readonly ScramMechanism[] {
  return bindings.size > 0 ? ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] : ["SCRAM-SHA-256"]
}

export function isScramMechanism(name: string): name is ScramMechanism {
  return name === "SCRAM-SHA-256" || name === "SCRAM-SHA-256-PLUS"
}
