import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of src/, and what each may import (docs/architecture.md draws the same picture). */
const rooms = {
  cli: ['codex', 'extensions', 'ui', 'errors'],
  commands: [
    'base-command',
    'import-base-command',
    'overview-command',
    'plugins-base-command',
    'import',
    'overview',
    'plugin-install',
    'run',
    'gateway',
    'extensions',
    'demo',
    'ui',
    'accounts',
    'codex',
    'files',
    'errors',
  ],
  hooks: ['extensions', 'plugins', 'accounts', 'ui', 'errors'],
  'import-base-command': ['base-command', 'import', 'extensions', 'errors'],
  'plugins-base-command': ['base-command', 'plugin-install', 'extensions', 'errors'],
  published: ['import-base-command', 'import', 'extensions', 'errors'],
  'overview-command': ['base-command', 'overview', 'extensions', 'ui', 'errors'],
  'base-command': ['extensions', 'accounts', 'codex', 'ui', 'errors'],
  plugins: ['extensions', 'codex', 'errors'],
  overview: ['simulator', 'extensions', 'ui', 'accounts', 'codex', 'files', 'errors'],
  run: ['gateway', 'extensions', 'accounts', 'codex', 'files', 'errors'],
  gateway: ['extensions', 'accounts', 'codex', 'files', 'errors'],
  'plugin-install': ['extensions', 'codex', 'files', 'errors'],
  import: ['extensions', 'accounts', 'codex', 'files', 'errors'],
  extensions: ['accounts', 'codex', 'files', 'errors'],
  demo: ['simulator', 'accounts', 'codex', 'errors'],
  simulator: ['codex', 'errors'],
  ui: ['extensions', 'accounts', 'codex', 'errors'],
  accounts: ['codex', 'files', 'errors'],
  codex: ['files', 'errors'],
  files: ['errors'],
  errors: [],
};

const files = [
  'cli',
  'base-command',
  'import-base-command',
  'overview-command',
  'plugins-base-command',
  'errors',
];
const folders = Object.keys(rooms).filter((room) => !files.includes(room));

function selector(room) {
  return files.includes(room) ? {file: {categories: room}} : {element: {type: room}};
}

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
      'boundaries/elements': folders.map((type) => ({type, pattern: `src/${type}`, partialMatch: false})),
      'boundaries/files': files.map((category) => ({
        category,
        pattern: `src/${category}.ts`,
        partialMatch: false,
      })),
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
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
  prettier,
);
