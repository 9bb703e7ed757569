import Fastify, { type FastifyInstance } from "fastify"

/** HTTP with bounds that hold for strangers: sizes, times, connections. */
export function createBoundedServer(): FastifyInstance {
  const http = Fastify({
    logger: false,
    bodyLimit: 16_384,
    connectionTimeout: 120_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 20_000,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: "idle",
    http: { maxHeaderSize: 8_192, headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
  })
  http.server.maxConnections = 256
  return http
}

/** `127.0.0.1:8080`, where it listens. */
export function addressOf(http: FastifyInstance): string {
  const bound = http.server.address()
  if (bound === null || typeof bound === "string") throw new Error("an HTTP server has no address")
  return `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`
}
