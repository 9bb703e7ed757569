import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  consistencyProof,
  edgeTiles,
  type Grown,
  growTiles,
  inclusionProof,
  leafTiles,
  nodesFromTiles,
  parseEntryBundle,
  parseTilePath,
  type ReadTiles,
  rootOf,
  rootOfEdge,
  splitHashes,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  writeEntryBundle,
} from "./index.ts"
import { hashesOf, plainRoot, someLeaves } from "./open-test-tree.ts"

/** All tiles that were ever written, by their paths: what a log serves. */
function createShelf(): { keep(grown: Grown): Grown; readonly read: ReadTiles; readonly paths: Set<string> } {
  const shelf = new Map<string, Uint8Array>()
  return {
    keep(grown) {
      for (const { level, index, width, hashes } of grown.tiles) {
        const path = tilePath(level, index, width)
        const before = shelf.get(path)
        if (before !== undefined) assert.deepEqual(Buffer.from(before), Buffer.from(hashes), "a tile changed")
        shelf.set(path, hashes)
      }
      return grown
    },
    read: async tiles =>
      tiles.map(
        ({ level, index, width }) => shelf.get(tilePath(level, index, width)) ?? assert.fail("no such tile"),
      ),
    get paths() {
      return new Set(shelf.keys())
    },
  }
}

const anySteps = fc.array(fc.oneof(fc.nat(9), fc.nat(600)), { maxLength: 8 })

test("tiles, however the tree grew, give the roots and proofs of the leaves", async () => {
  await fc.assert(
    fc.asyncProperty(anySteps, fc.nat(), fc.nat(), async (steps, one, other) => {
      const shelf = createShelf()
      const all = someLeaves(steps.reduce((sum, step) => sum + step, 0))
      let grown: Grown = { size: 0, root: plainRoot([]), tiles: [], edge: [] }
      for (const step of steps) {
        const added = hashesOf(all.slice(grown.size, grown.size + step))
        grown = shelf.keep(growTiles(grown.size, grown.edge, added))
        const root = plainRoot(all.slice(0, grown.size))
        assert.deepEqual(Buffer.from(grown.root), root)
        assert.deepEqual(Buffer.from(rootOfEdge(grown.size, grown.edge)), root)
        assert.deepEqual(
          grown.edge.map(({ level, index, width }) => ({ level, index, width })),
          edgeTiles(grown.size),
        )
      }
      const { size, root } = grown
      const read = nodesFromTiles(size, shelf.read)
      assert.deepEqual(Buffer.from(await rootOf(size, read)), Buffer.from(root))
      if (size === 0) return
      const leaf = one % size
      const proof = await inclusionProof(leaf, size, read)
      const leafHash = hashesOf(all)[leaf] ?? assert.fail()
      assert.ok(verifyInclusion({ leafHash, leaf, size, root, proof }))
      const from = other % (size + 1)
      const growth = await consistencyProof(from, size, read)
      const fromRoot = plainRoot(all.slice(0, from))
      assert.ok(verifyConsistency({ from, fromRoot, to: size, toRoot: root, proof: growth }))
    }),
    { numRuns: 40 },
  )
})

test("a tree of 70,000 has the tiles that C2SP's tlog-tiles names", () => {
  const shelf = createShelf()
  const leaf = hashesOf(someLeaves(1))[0] ?? assert.fail()
  shelf.keep(
    growTiles(
      0,
      [],
      Array.from({ length: 70_000 }, () => leaf),
    ),
  )
  const paths = [...shelf.paths]
  assert.equal(paths.filter(path => /^tile\/0\/[x\d/]+$/.test(path)).length, 273)
  assert.equal(paths.filter(path => /^tile\/1\/[x\d/]+$/.test(path)).length, 1)
  assert.deepEqual(
    paths.filter(path => path.includes(".p/")),
    ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"],
  )
})

test("a tree of 256 has a full tile and one of width 1 above it", () => {
  const shelf = createShelf()
  shelf.keep(growTiles(0, [], hashesOf(someLeaves(256))))
  assert.deepEqual([...shelf.paths], ["tile/0/000", "tile/1/000.p/1"])
})

test("leaf tiles hold the leaf hashes in order", async () => {
  const shelf = createShelf()
  const leaves = hashesOf(someLeaves(600))
  shelf.keep(growTiles(0, [], leaves))
  const ids = leafTiles(600)
  const contents = await shelf.read(ids)
  const hashes = ids.flatMap((id, at) => splitHashes({ ...id, hashes: contents[at] ?? assert.fail() }))
  assert.deepEqual(
    hashes.map(hash => Buffer.from(hash)),
    leaves,
  )
})

test("a tree does not grow from tiles that are not its edge", () => {
  const grown = growTiles(0, [], hashesOf(someLeaves(300)))
  assert.throws(() => growTiles(301, grown.edge, []), RangeError)
  assert.throws(() => growTiles(300, [], []), RangeError)
  assert.throws(() => growTiles(300, grown.edge.toReversed(), []), RangeError)
  const short = grown.edge.map(tile => ({ ...tile, hashes: tile.hashes.subarray(1) }))
  assert.throws(() => rootOfEdge(300, short), RangeError)
})

test("a tile of the wrong length is not read", async () => {
  const read: ReadTiles = async tiles => tiles.map(({ width }) => Buffer.alloc(width * 32 - 1))
  await assert.rejects(rootOf(5, nodesFromTiles(5, read)), RangeError)
})

test("paths are those of C2SP's tlog-tiles and Go's sumdb", () => {
  for (const [path, level, index, width] of [
    ["tile/0/x001/x234/067", 0, 1_234_067, 256],
    ["tile/0/001", 0, 1, 256],
    ["tile/0/001.p/5", 0, 1, 5],
    ["tile/5/x123/x456/078", 5, 123_456_078, 256],
    ["tile/5/x123/x456/078.p/2", 5, 123_456_078, 2],
    ["tile/63/x003/x057/500", 63, 3_057_500, 256],
    ["tile/entries/x003/x057/500.p/255", "entries", 3_057_500, 255],
  ] as const) {
    assert.equal(tilePath(level, index, width), path)
    assert.deepEqual(parseTilePath(path), { level, index, width })
  }
})

for (const path of [
  "",
  "tile",
  "tile/0",
  "tile/0/",
  "tile/0/1",
  "tile/0/0001",
  "tile/5/123/456/078",
  "tile/5/x123/x456/x078",
  "tile/0/x000/001",
  "tile/-1/000",
  "tile/64/000",
  "tile/00/000",
  "tile/data/000",
  "tile/0/000.p",
  "tile/0/000.p/",
  "tile/0/000.p/0",
  "tile/0/000.p/05",
  "tile/0/000.p/256",
  "tile/0/000.p/1e1",
  "tile/0/000/.p/1",
  "tile/0/x00/x1.p/1",
  "tile/0/000/",
  "/tile/0/000",
  "tile/0/x009/x007/x199/x254/x740/992",
  "tile/entries/000?x",
  `tile/0/${"x001/".repeat(20)}001`,
])
  test(`"${path.slice(0, 40)}" is no path of a tile`, () => {
    assert.equal(parseTilePath(path), undefined)
  })

test("every path that is written is read again, and every path that is read has that one form", () => {
  const anyLevel = fc.oneof(fc.nat(63), fc.constant("entries" as const))
  fc.assert(
    fc.property(anyLevel, fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
      assert.deepEqual(parseTilePath(tilePath(level, index, width)), { level, index, width })
    }),
  )
  const pathLike = fc.string({ unit: fc.constantFrom(..."tile/0123x.p/entri"), maxLength: 20 })
  fc.assert(
    fc.property(pathLike, text => {
      const path = `tile/0/${text}`
      const read = parseTilePath(path)
      if (read !== undefined) assert.equal(tilePath(read.level, read.index, read.width), path)
    }),
  )
})

const anyEntries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 })

test("bundles are read as they were written, and cut anywhere they are refused", () => {
  fc.assert(
    fc.property(anyEntries, fc.nat(), (entries, seed) => {
      const bundle = writeEntryBundle(entries)
      const read = parseEntryBundle(bundle, entries.length) ?? assert.fail("not a bundle")
      assert.deepEqual(
        read.map(entry => Buffer.from(entry)),
        entries.map(entry => Buffer.from(entry)),
      )
      assert.equal(parseEntryBundle(bundle.subarray(0, seed % bundle.length), entries.length), undefined)
      assert.equal(parseEntryBundle(bundle, entries.length + 1), undefined)
      assert.equal(parseEntryBundle(bundle, entries.length - 1), undefined)
    }),
  )
})

test("an entry has at most 65,535 octets, a bundle 1 to 256 entries", () => {
  assert.equal(writeEntryBundle([Buffer.alloc(65_535)]).length, 65_537)
  assert.throws(() => writeEntryBundle([Buffer.alloc(65_536)]), RangeError)
  assert.throws(() => writeEntryBundle([]), RangeError)
  assert.throws(() => writeEntryBundle(Array.from({ length: 257 }, () => Buffer.alloc(0))), RangeError)
})
