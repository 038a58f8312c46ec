/**
 * The arrow table of ARCHITECTURE.md, kept. Each row: files of a room, what they may import (paths
 * below src/, node_modules/ for packages) and whether Node's own modules are among it.
 */
const package_ = (...names) => names.map(name => `(^|/)node_modules/(@types/)?${name}/`)

const leaves = ['^src/limits\\.ts$', '^src/errors\\.ts$']
const limits = '^src/limits(/|\\.ts$)'
const doors = '^src/(system|calendar|debug-log|create-node|index)\\.ts$'
const namedRooms =
  'limits|limits-relations|errors|ports|options|system|calendar|debug-log|create-node|index'
const hallway = `^src/((?!(${namedRooms})\\.ts$)[^/]+\\.ts$|hall/)`

const rooms = [
  { name: 'limits-import-nothing', from: limits, to: [limits] },
  { name: 'relations-of-limits', from: '^src/limits-relations\\.ts$', to: ['^src/limits\\.ts$'] },
  { name: 'errors-import-nothing', from: '^src/errors\\.ts$', to: [] },
  {
    // Of errors.ts, wire and core take assert and assertNever only: see test/tidy.test.ts.
    name: 'wire-knows-bytes-only',
    from: '^src/wire/',
    to: ['^src/wire/', ...leaves, ...package_('cborg', 'zod', 'tinyqueue')],
  },
  {
    name: 'core-is-passive',
    from: '^src/core/',
    to: ['^src/core/', '^src/wire/', ...leaves, ...package_('cborg', 'zod', 'tinyqueue')],
  },
  { name: 'ports-are-interfaces', from: '^src/ports\\.ts$', to: ['^src/wire/', '^src/core/'] },
  {
    name: 'options-validate-only',
    from: '^src/options\\.ts$',
    to: [...leaves, '^src/wire/', '^src/core/'],
  },
  {
    name: 'hallway-knows-no-adapter',
    from: hallway,
    to: [
      '^src/core/', '^src/wire/', ...leaves, '^src/ports\\.ts$', '^src/options\\.ts$', hallway,
      '^(node:)?(events|diagnostics_channel)$',
    ],
  },
  {
    name: 'system-is-the-machine',
    from: '^src/system\\.ts$',
    to: ['^src/ports\\.ts$', '^src/limits\\.ts$'],
    node: true,
  },
  {
    name: 'calendar-is-an-adapter',
    from: '^src/calendar\\.ts$',
    to: ['^src/ports\\.ts$', ...package_('croner')],
  },
  {
    name: 'debug-log-is-an-adapter',
    from: '^src/debug-log\\.ts$',
    to: ['^src/ports\\.ts$', ...package_('debug')],
  },
  {
    name: 'tls-is-an-adapter',
    from: '^src/tls/',
    to: [
      '^src/tls/', '^src/ports\\.ts$', '^src/options\\.ts$', ...leaves, '^src/wire/',
      ...package_('node-forge'),
    ],
    node: true,
  },
  {
    name: 'store-is-an-adapter',
    from: '^src/store/',
    to: [
      '^src/store/', '^src/ports\\.ts$', ...leaves, '^src/wire/',
      ...package_('abstract-level', 'classic-level', 'memory-level'), '^src/tls/keys\\.ts$',
    ],
    node: true,
  },
  {
    name: 'work-is-an-adapter',
    from: '^src/proof-of-work/',
    to: ['^src/proof-of-work/', '^src/ports\\.ts$', ...leaves, '^src/wire/'],
    node: true,
  },
  {
    name: 'sealing-is-an-adapter',
    from: '^src/sealing/',
    to: [
      '^src/sealing/', '^src/ports\\.ts$', ...leaves, '^src/wire/',
      ...package_('@noble/ciphers', '@noble/hashes'),
    ],
    node: true,
  },
  {
    name: 'composition-root',
    from: '^src/create-node\\.ts$',
    to: ['^src/(?!api/|cli/|voidphone/|index\\.ts$)'],
    node: true,
  },
  {
    name: 'public-door-re-exports',
    from: '^src/index\\.ts$',
    to: [
      '^src/(create-node|node|options|errors|ports)\\.ts$', '^src/hall/',
      '^src/core/(notice|bulletins/vocabulary|routes/vocabulary)\\.ts$',
      '^src/wire/(identity|address|inbox|record|source-line|text)\\.ts$',
      '^src/tls/(keys|content-id|probe|sample-keys)\\.ts$',
    ],
  },
  {
    name: 'api-uses-the-public-door',
    from: '^src/api/',
    to: [
      '^src/api/', '^src/index\\.ts$', '^src/limits\\.ts$',
      ...package_('hono', '@hono/node-server', '@hono/zod-openapi'),
    ],
    node: true,
  },
  {
    name: 'voidphone-uses-the-public-door',
    from: '^src/voidphone/',
    to: [
      '^src/voidphone/', '^src/index\\.ts$', '^src/limits\\.ts$', '^src/proof-of-work/',
      '^src/(system|debug-log)\\.ts$',
      // For the file of settings, which the program reads without loading a node.
      '^src/errors\\.ts$', '^src/wire/address\\.ts$',
    ],
    node: true,
  },
  {
    // Leaves of the doors by themselves, so that a verb which only talks to a node starts without
    // loading one: what they export is public, see test/cli/doors.test.ts.
    name: 'cli-uses-the-public-doors',
    from: '^src/cli/',
    to: [
      '^src/cli/', '^src/index\\.ts$', '^src/api/(index|schemas)\\.ts$', '^src/limits\\.ts$',
      '^src/voidphone/(index|config-ini)\\.ts$',
      '^src/(errors|options|ports)\\.ts$', '^src/core/notice\\.ts$',
      '^src/wire/(address|identity|text)\\.ts$',
      ...package_('yargs', 'debug', 'picocolors', 'ini', 'cli-table3'),
    ],
    node: true,
  },
]

/** Whatever a room imports and its row does not name. */
function forbidden ({ name, from, to, node = false }) {
  const other = { pathNot: to.length === 0 ? '^$' : to, couldNotResolve: false }
  if (node) other.dependencyTypesNot = ['core']
  return { name, severity: 'error', from: { path: from }, to: other }
}

/** Types may cross where values may not. */
function typesOnly (name, from, to) {
  return {
    name,
    severity: 'error',
    from: { path: from },
    to: { path: to, dependencyTypesNot: ['type-only'] },
  }
}

module.exports = {
  forbidden: [
    ...rooms.map(forbidden),
    // A verb that only calls a node starts without the server, its schemas and the node.
    typesOnly(
      'client-loads-little', '^src/api/(client|client-errors|call|event-reader|socket-names)\\.ts$',
      '^src/(index\\.ts$|api/(?!(client|client-errors|call|event-reader)\\.ts$))|node_modules/',
    ),
    typesOnly('ports-take-types-only', '^src/ports\\.ts$', '^src/'),
    typesOnly('options-take-core-types-only', '^src/options\\.ts$', '^src/core/'),
    typesOnly('cli-takes-shapes-only', '^src/cli/', '^src/(api/schemas|ports|core/notice)\\.ts$'),
    typesOnly('tls-takes-option-types-only', '^src/tls/', '^src/options\\.ts$'),
    {
      name: 'keys-only-for-the-data-directory',
      severity: 'error',
      from: { path: '^src/store/', pathNot: '^src/store/data-directory\\.ts$' },
      to: { path: '^src/tls/' },
    },
    {
      name: 'nobody-looks-back',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(api|cli|voidphone)/', '^src/(create-node|index)\\.ts$'],
      },
      to: { path: doors },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { path: '^src/', orphan: true },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
}
