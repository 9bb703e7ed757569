import assert from "node:assert/strict"
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { connect, createServer, type SecureVersion, type TLSSocket } from "node:tls"
import { selfSignedCertificate } from "@letterkeep/x509"
import { ed25519, p256, rsaSha384, sha1 } from "../fixtures/certificates.ts"
import { channelBindingsOf } from "./index.ts"

test("both ends of a TLS 1.3 connection have the same exporter value, and it is another for each connection", async () => {
  const [one, other] = [await ends("TLSv1.3"), await ends("TLSv1.3")]
  assert.deepEqual(one.server.get("tls-exporter"), one.client)
  assert.equal(one.client.length, 32)
  assert.notDeepEqual(one.client, other.client)
})

test("before TLS 1.3 a connection is bound to the certificate alone", async () => {
  const { server } = await ends("TLSv1.2")
  assert.deepEqual([...server.keys()], ["tls-server-end-point"])
})

test("hashes the certificate by the hash of its signature, and by SHA-256 where that is too weak", async () => {
  const hashes = [
    [p256, "sha256"],
    [rsaSha384, "sha384"],
    [sha1, "sha256"],
  ] as const
  for (const [pem, hash] of hashes) {
    const { raw } = new X509Certificate(pem)
    assert.deepEqual(endPointOf(pem), createHash(hash).update(raw).digest())
  }
})

test("has no end point for a certificate whose signature names no hash", () => {
  assert.equal(endPointOf(ed25519), undefined)
})

function endPointOf(pem: string): Buffer | undefined {
  const bindings = channelBindingsOf({
    getProtocol: () => "TLSv1.2",
    exportKeyingMaterial: () => Buffer.alloc(32),
    getX509Certificate: () => new X509Certificate(pem),
  })
  return bindings.get("tls-server-end-point")
}

async function ends(version: SecureVersion) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const [notBefore, notAfter] = [Date.UTC(2026, 0), Date.UTC(2126, 0)]
  const cert = selfSignedCertificate({
    names: ["test.example"],
    notBefore,
    notAfter,
    serial: Buffer.alloc(16, 1),
    privateKey,
  })
  const key = privateKey.export({ type: "pkcs8", format: "pem" })
  const server = createServer({ cert, key, minVersion: version, maxVersion: version })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const accepted = once(server, "secureConnection")
  // a server that listens on TCP has an address of this kind
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false })
  await once(socket, "secureConnect")
  const [side] = (await accepted) as [TLSSocket]
  try {
    return {
      server: channelBindingsOf(side),
      client: socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)),
    }
  } finally {
    socket.destroy()
    side.destroy()
    server.close()
  }
}
