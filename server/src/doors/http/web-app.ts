import { readdir, readFile } from "node:fs/promises"
import { extname, join, relative, sep } from "node:path"
import type { FastifyInstance } from "fastify"
import { type Encoding, type StoredAnswer, sendStored, storedAnswer } from "./stored-answer.ts"

/**
 * The built web app, read into memory once (0.7 MB): each of its files has a route, and no path of a request is
 * ever looked up on the disk. Vite names assets after their content, so those may be kept for a year; the page
 * itself is asked for anew each time. Beside a file may lie its `.br` and `.gz`, made by the build. What lies in
 * `alone` has a policy of its own and is not of the app: see ledger-page.ts.
 */
export async function serveWebApp(http: FastifyInstance, folder: string): Promise<void> {
  const files = await readBuild(folder)
  const page = files.get("/index.html")
  if (page === undefined)
    throw new Error(
      `The web app is not built: ${folder} has no index.html. Run: npm run build --workspace web`,
    )
  for (const [path, file] of files) {
    if (file !== page && !path.startsWith("/alone/"))
      http.get(path, (request, reply) => sendStored(file, request, reply))
  }
  http.get("/setup", (request, reply) => sendStored(page, request, reply))
  http.get("/", (_request, reply) => reply.redirect("/setup", 302))
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
}

/** A build that is larger was not made by this repository. */
const maxBuildBytes = 64 * 1024 * 1024

async function readBuild(folder: string): Promise<ReadonlyMap<string, StoredAnswer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const contents = new Map<string, Buffer>()
  let total = 0
  for (const entry of entries.filter(candidate => candidate.isFile())) {
    const name = join(entry.parentPath, entry.name)
    const body = await readFile(name)
    total += body.length
    if (total > maxBuildBytes) throw new Error(`${folder} holds more than ${maxBuildBytes} bytes`)
    contents.set(`/${relative(folder, name).split(sep).join("/")}`, body)
  }
  const files = new Map<string, StoredAnswer>()
  for (const [path, body] of contents) {
    const type = types[extname(path)]
    if (type !== undefined) files.set(path, webFile(path, body, type, contents))
  }
  return files
}

function webFile(
  path: string,
  body: Buffer,
  type: string,
  contents: ReadonlyMap<string, Buffer>,
): StoredAnswer {
  const packed = new Map<Encoding, Buffer>()
  const brotli = contents.get(`${path}.br`)
  const gzip = contents.get(`${path}.gz`)
  if (brotli !== undefined) packed.set("br", brotli)
  if (gzip !== undefined) packed.set("gzip", gzip)
  const isHashed = path.startsWith("/assets/")
  return storedAnswer({
    body,
    type,
    packed,
    cacheControl: isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  })
}
