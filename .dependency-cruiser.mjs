const PACKAGES = [
  'contract',
  'crypto',
  'telemetry',
  'project',
  'policy',
  'engine',
  'runtime',
  'jobs',
  'storage',
  'rate-store',
  'calls',
  'functions',
  'devkit',
  'cli',
];
/** What each package may import: imports point one way. */
const MAY_IMPORT = {
  contract: [],
  crypto: ['contract'],
  telemetry: ['contract'],
  project: ['contract'],
  policy: ['contract', 'project'],
  engine: ['contract', 'project', 'policy'],
  functions: [],
  runtime: ['contract', 'project', 'policy', 'engine', 'functions'],
  jobs: ['contract', 'telemetry', 'project', 'engine'],
  storage: ['contract', 'project', 'policy'],
  'rate-store': ['telemetry'],
  calls: ['contract', 'crypto', 'telemetry', 'policy', 'engine', 'runtime', 'storage'],
  devkit: ['contract'],
  cli: ['contract', 'crypto', 'project', 'policy', 'devkit'],
};
const TESTS = '\\.test\\.ts$|/testing/|/tests/';

const direction = PACKAGES.map((name) => ({
  name: `${name}-imports-only-what-it-may`,
  comment: `packages/${name} may import: ${MAY_IMPORT[name].join(', ') || 'no other package'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src`, pathNot: TESTS },
  to: { path: '^(packages|apps)/', pathNot: [name, ...MAY_IMPORT[name]].map((allowed) => `^packages/${allowed}/`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'public-entry-only',
      comment: 'A package imports the entries of another, never its insides',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: {
        path: '^(packages|apps)/([^/]+)/src/',
        pathNot: ['^$1/$2/', '^(packages|apps)/[^/]+/src/index\\.ts$', '^packages/[^/]+/src/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'apps-import-no-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'packages-import-no-app',
      comment: 'stk starts Hub and Bridge by their entries',
      severity: 'error',
      from: { path: '^packages/(?!cli/)' },
      to: { path: '^apps/' },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...direction,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The parser's walker does not know `using`, which only tests use.
    exclude: { path: 'node_modules|\\.stk|/dist/|\\.test\\.ts$|/testing/|/tests/' },
    // TypeScript 7 has no API of its own for parsing.
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
