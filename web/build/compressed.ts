import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"
import type { Plugin } from "vite"

/**
 * Writes a `.br` and a `.gz` beside each text file of the build, so that serving one costs no compression. Pages that
 * stand alone are finished by the door and have none.
 */
export function compressed(): Plugin {
  let folder = ""
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true })
      for (const name of names.filter(candidate => /^(?!alone\/).*\.(html|js|css|svg)$/.test(candidate))) {
        const bytes = await readFile(join(folder, name))
        await writeFile(join(folder, `${name}.br`), brotliCompressSync(bytes))
        await writeFile(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}
