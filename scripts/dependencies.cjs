/** Import rules between the rooms (dependency-cruiser): a room imports only what the table of the architecture says. */
const room = (name) => `^${name}/`;
const noRoad = (from, to, comment) => ({
  name: `${from}-not-${to.join('-')}`,
  comment,
  severity: 'error',
  from: { path: room(from) },
  to: { path: to.map(room) },
});

const FEATURES = ['identity', 'content', 'schedule', 'dispatch', 'onair', 'emergency', 'fleet', 'alerts', 'records', 'integrations'];

module.exports = {
  forbidden: [
    noRoad('shared', ['server', 'agent', 'scripts'], 'shared imports nothing of ours'),
    noRoad('server', ['agent', 'scripts'], 'the server knows shared only'),
    noRoad('agent', ['server', 'scripts'], 'the agent knows shared only'),
    { name: 'console-only-shared', severity: 'error', from: { path: '^server/console/' }, to: { path: '^server/(?!console/)' } },
    { name: 'server-not-console', severity: 'error', from: { path: '^server/(?!console/)' }, to: { path: '^server/console/' } },
    ...FEATURES.map((feature) => ({
      name: `feature-${feature}-stands-alone`,
      comment: 'features meet through events and the services that main.ts hands them',
      severity: 'error',
      from: { path: `^server/${feature}/`, pathNot: '[.]test[.]ts$' },
      to: { path: `^server/(${FEATURES.filter((other) => other !== feature).join('|')})/` },
    })),
    {
      name: 'shared-has-no-io',
      severity: 'error',
      from: { path: '^shared/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-types|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
