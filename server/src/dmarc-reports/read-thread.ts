/** The thread in which one report is read: what strangers send cannot hold up anybody else. See reading.ts. */
import { parentPort, workerData } from "node:worker_threads"
import { readFigures } from "./figures.ts"
import type { ReadingJob } from "./reading.ts"

const { bytes, now } = workerData as ReadingJob // what reading.ts gives it
const { buffer, byteOffset, byteLength } = bytes
parentPort?.postMessage(readFigures(Buffer.from(buffer, byteOffset, byteLength), now))
