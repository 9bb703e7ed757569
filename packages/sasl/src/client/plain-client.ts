import { type Credentials, checkCredentials, type SaslClient } from "./sasl-client.ts"

/** Octets of a name and of a secret. */
const longest = 1_024

/** PLAIN (RFC 4616 §2): one message, `NUL name NUL secret`; the server has nothing to say. Only inside TLS. */
export function plainClient(credentials: Credentials): SaslClient {
  checkCredentials(credentials, longest)
  const { name, secret } = credentials
  return {
    name: "PLAIN",
    initial: Buffer.from(`\0${name}\0${secret}`, "utf8"),
    respond: async () => undefined,
    complete: true,
  }
}

/**
 * LOGIN, which no RFC has but many servers: the first challenge asks for the name and the second for the secret, in
 * words that differ. Only inside TLS.
 */
export function loginClient(credentials: Credentials): SaslClient {
  checkCredentials(credentials, longest)
  const answers = [credentials.name, credentials.secret]
  return {
    name: "LOGIN",
    respond: async () => {
      const answer = answers.shift()
      return answer === undefined ? undefined : Buffer.from(answer, "utf8")
    },
    get complete() {
      return answers.length === 0
    },
  }
}
