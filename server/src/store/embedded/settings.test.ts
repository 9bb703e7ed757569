import assert from "node:assert/strict"
import { test } from "node:test"
import { renderIdentMap, renderSettings, walSizes } from "./settings.ts"

test("the WAL takes a twentieth of the volume, within bounds", () => {
  const gigabyte = 1024 ** 3
  assert.deepEqual(walSizes(100 * gigabyte), { max_wal_size: "2048MB", min_wal_size: "256MB" })
  assert.deepEqual(walSizes(10 * gigabyte), { max_wal_size: "512MB", min_wal_size: "64MB" })
  assert.deepEqual(walSizes(0.3 * gigabyte), { max_wal_size: "64MB", min_wal_size: "32MB" })
})

test("quotes paths and names that hold quotes", () => {
  const text = renderSettings({ folder: "/o'clock", volumeBytes: 0, operatorsFile: "/o'clock/operator.conf" })
  assert.match(text, /^hba_file = '\/o''clock\/pg_hba\.conf'$/m)
  assert.match(text, /^include '\/o''clock\/operator\.conf'$/m)
  assert.equal(renderIdentMap('a"b'), 'letterkeep "a""b" letterkeep\nletterkeep "a""b" letterkeep_app\n')
})
