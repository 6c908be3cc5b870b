import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of src/, from the ground up, and what each may import besides itself (docs/architecture.md draws the same). */
const ground = ['errors', 'files', 'files/json', 'files/text'];
const codex = [
  'login',
  'tokens',
  'backend',
  'usage',
  'threads',
  'process',
  'home',
  'route',
  'app-server',
].map((room) => `codex/${room}`);
const accounts = ['accounts', 'accounts/data', 'accounts/state', 'accounts/store'];
const rooms = {
  contract: [],
  errors: [],
  files: ['errors', 'files/text'],
  'files/json': ['files', 'files/text', 'errors'],
  'files/text': [],
  'codex/backend': ['codex/home', ...ground],
  'codex/home': [...ground],
  'codex/process': ['codex/home', ...ground],
  'codex/login': ['contract', 'codex/backend', 'codex/home', 'codex/process', ...ground],
  'codex/tokens': ['contract', 'codex/backend', 'codex/home', 'codex/login', 'codex/process', ...ground],
  'codex/route': ['codex/backend', 'codex/home', 'codex/login', 'codex/process', ...ground],
  'codex/threads': ['codex/process', ...ground],
  'codex/app-server': ['codex/backend', 'codex/login', 'codex/tokens', 'codex/process', ...ground],
  'codex/usage': [
    'contract',
    ...['app-server', 'backend', 'home', 'login', 'threads', 'tokens'].map((room) => `codex/${room}`),
    ...ground,
  ],
  'accounts/data': ['contract', ...codex, ...ground],
  'accounts/state': ['contract', 'accounts/data', ...codex, ...ground],
  'accounts/store': ['contract', 'accounts/data', 'accounts/state', ...codex, ...ground],
  accounts: [...accounts, 'contract', ...codex, ...ground],
  extensions: ['contract', ...ground],
  plugins: ['contract', 'extensions', ...codex, ...ground],
  'plugin-install': ['contract', 'extensions', 'codex/process', ...ground],
  threads: [...accounts, ...codex, ...ground],
  import: ['contract', 'extensions', ...accounts, ...codex, ...ground],
  'gateway/config': [...accounts, ...codex, ...ground],
  'gateway/bodies': ['codex/backend', 'codex/threads', ...ground],
  'gateway/pool': ['contract', ...accounts, ...codex, ...ground],
  'gateway/telemetry': ['contract', 'gateway/pool', ...accounts, ...ground],
  'gateway/turns': [
    'contract',
    'extensions',
    'gateway/bodies',
    'gateway/config',
    'gateway/pool',
    'gateway/telemetry',
    'codex/backend',
    ...accounts,
    ...ground,
  ],
  'gateway/http': [
    'contract',
    'gateway/bodies',
    'gateway/pool',
    'gateway/turns',
    'codex/usage',
    'codex/backend',
    ...ground,
  ],
  'gateway/websocket': [
    'contract',
    'gateway/bodies',
    'gateway/http',
    'gateway/pool',
    'gateway/turns',
    'codex/usage',
    'codex/backend',
    ...ground,
  ],
  'gateway/server': [
    'contract',
    'extensions',
    ...['config', 'pool', 'telemetry', 'turns', 'http', 'websocket'].map((room) => `gateway/${room}`),
    ...accounts,
    ...codex,
    ...ground,
  ],
  'gateway/control': [
    'extensions',
    ...['config', 'pool', 'telemetry', 'server'].map((room) => `gateway/${room}`),
    ...accounts,
    ...ground,
  ],
  'gateway/routing': ['gateway/config', 'gateway/control', ...accounts, ...codex, ...ground],
  run: ['contract', 'extensions', 'threads', ...accounts, ...codex, ...ground],
  // An oracle shares no code with what it tests: nothing but its own rooms.
  'simulator/account': [],
  'simulator/model': ['simulator/account'],
  'simulator/server': ['simulator/model', 'simulator/account'],
  simulator: ['simulator/server', 'simulator/model', 'simulator/account'],
  overview: ['contract', 'simulator', 'extensions', ...accounts, ...codex, ...ground],
  demo: ['simulator', ...accounts, ...codex, ...ground],
  'ui/accounts': ['ui', 'contract', ...accounts, ...codex, ...ground],
  ui: ['contract', ...accounts, ...codex, ...ground],
  hooks: ['contract', 'extensions', 'plugins', 'errors'],
  cli: [
    ...[
      'contract',
      'extensions',
      'import',
      'overview',
      'plugin-install',
      'run',
      'threads',
      'ui',
      'ui/accounts',
    ],
    ...['config', 'control', 'pool', 'routing'].map((room) => `gateway/${room}`),
    ...['home', 'process', 'route'].map((room) => `codex/${room}`),
    ...accounts,
    ...ground,
  ],
  published: ['contract', 'cli', 'extensions', 'import', 'errors'],
  commands: [
    ...[
      'contract',
      'cli',
      'import',
      'overview',
      'plugin-install',
      'run',
      'threads',
      'extensions',
      'demo',
      'ui',
      'ui/accounts',
    ],
    ...['config', 'control', 'routing', 'server', 'telemetry'].map((room) => `gateway/${room}`),
    ...accounts,
    ...codex,
    ...ground,
  ],
};

/** Where connections are made; in every other room nobody sees HTTP, sockets or their libraries. */
const networked = [
  'codex/{backend,login,tokens,usage}',
  'gateway/{http,server,websocket}',
  'simulator/{model,server}',
].map((room) => `src/${room}/*.ts`);
const networkModules = ['undici', 'ws', 'node:http', 'node:https', 'node:net', 'node:tls'];

function selector(room) {
  return {element: {type: room}};
}

/** A command that a hint names, where it is to be copied from. What help and settings say holds for any data folder. */
const namedCommand = String.raw`/(^|[:.&,] |[(])cao (add|config|current|doctor|gateway|import|list|remove|rename|report|resume|run|share|status|switch|threads|unshare)\b/`;
const inHelp = ':not(:matches(Property, PropertyDefinition)[key.name=/^(description|summary|title)$/] *)';

export default tseslint.config(
  {ignores: ['dist/', 'node_modules/', 'test/fixtures/', 'examples/*/node_modules/']},
  ...tseslint.configs.strictTypeChecked.map((config) => ({...config, files: ['**/*.ts']})),
  {
    files: ['**/*.ts'],
    languageOptions: {parserOptions: {project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: {boundaries},
    settings: {
      'import/resolver': {[import.meta.dirname + '/eslint-resolver.cjs']: {}},
      // The deeper rooms first: the first pattern that fits a file names its room.
      'boundaries/elements': Object.keys(rooms)
        .sort((one, other) => other.split('/').length - one.split('/').length)
        .map((type) => ({type, pattern: `src/${type}`, partialMatch: false})),
    },
    rules: {
      'boundaries/no-unknown-dependencies': 'error',
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: Object.entries(rooms).map(([from, allow]) => ({
            from: selector(from),
            allow: {to: [from, ...allow].map(selector)},
          })),
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/simulator/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[`Literal[value=${namedCommand}]`, `TemplateElement[value.raw=${namedCommand}]`].map((text) => ({
          selector: text + inHelp,
          message: 'Take it from caoLine, which leads to the data folder of this process.',
        })),
        {
          selector:
            'BinaryExpression > CallExpression[callee.object.name="Date"][callee.property.name="now"]',
          message:
            'The date may be set meanwhile: measure with stopwatch or performance.now, ask ageMs how old something is.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: networked,
    rules: {'no-restricted-imports': ['error', ...networkModules]},
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
  prettier,
);
