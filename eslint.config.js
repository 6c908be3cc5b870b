import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of src/, and what each may import (docs/architecture.md draws the same picture). */
const rooms = {
  commands: ['base-command', 'run', 'gateway', 'extensions', 'simulator', 'ui', 'accounts', 'codex', 'files', 'errors'],
  hooks: ['extensions', 'plugins', 'accounts', 'ui', 'errors'],
  'base-command': ['extensions', 'accounts', 'codex', 'ui', 'errors'],
  plugins: ['extensions', 'codex'],
  run: ['gateway', 'extensions', 'accounts', 'codex', 'files', 'errors'],
  gateway: ['extensions', 'accounts', 'codex', 'files', 'errors'],
  extensions: ['accounts', 'codex', 'files', 'errors'],
  simulator: ['codex', 'errors'],
  ui: ['accounts', 'codex', 'errors'],
  accounts: ['codex', 'files', 'errors'],
  codex: ['files', 'errors'],
  files: ['errors'],
  errors: [],
};

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
      'import/resolver': {typescript: {alwaysTryTypes: true}},
      'boundaries/elements': [
        {type: 'base-command', pattern: 'src/base-command.ts', mode: 'full'},
        {type: 'errors', pattern: 'src/errors.ts', mode: 'full'},
        ...['commands', 'hooks', 'plugins', 'run', 'gateway', 'extensions', 'simulator', 'ui', 'accounts', 'codex', 'files'].map(
          (type) => ({type, pattern: `src/${type}/**/*`, mode: 'full'}),
        ),
      ],
    },
    rules: {
      'boundaries/no-unknown': 'error',
      'boundaries/no-unknown-files': 'error',
      'boundaries/element-types': [
        'error',
        {
          default: 'disallow',
          rules: Object.entries(rooms).map(([from, allow]) => ({from, allow: [from, ...allow]})),
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
