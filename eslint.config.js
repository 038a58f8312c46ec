// What is linted, type-aware. The arrows are in .dependency-cruiser.cjs, the rest in test/tidy.
import tseslint from 'typescript-eslint'

const banned = [
  { selector: 'ExportDefaultDeclaration', message: 'No default exports: name what you give.' },
  { selector: 'TSEnumDeclaration', message: 'No enums: a const object and a union.' },
  {
    selector: 'TSModuleDeclaration[kind!="global"]',
    message: 'No namespaces: a file is the module.',
  },
]

const layout = {
  semi: ['error', 'never', { beforeStatementContinuationChars: 'any' }],
  quotes: ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
  'max-len': ['error', { code: 100, ignoreUrls: true }],
  'no-trailing-spaces': 'error',
  'eol-last': 'error',
  'space-before-function-paren': ['error', 'always'],
}

const ours = {
  ...layout,
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': 'error',
  'no-restricted-syntax': ['error', ...banned],
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/consistent-type-exports': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error', { considerDefaultExhaustiveForUnions: true },
  ],
  '@typescript-eslint/no-unused-vars': [
    'error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
  ],
  // Numbers and identities in messages are the rule here, not an accident.
  '@typescript-eslint/restrict-template-expressions': [
    'error', { allowNumber: true, allowBoolean: true, allowNullish: false },
  ],
  // A method of a port may well be asynchronous in one adapter only.
  '@typescript-eslint/require-await': 'off',
  // It takes away assertions that widen a literal on purpose.
  '@typescript-eslint/no-unnecessary-type-assertion': 'off',
  // Promise.all over what may be undefined is fine.
  '@typescript-eslint/await-thenable': 'off',
  '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
}

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'coverage/', '.tap/', 'docs/api/', 'node_modules/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.js'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: ours,
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', { max: 60 }],
      'no-console': 'error',
    },
  },
  {
    // t.test() gives a promise that tap waits for itself; fixtures and answers are loosely typed.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', {
        allowForKnownSafePromises: [
          { from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' },
        ],
        allowForKnownSafeCalls: [
          {
            from: 'package',
            name: ['rejects', 'resolves', 'resolveMatch'],
            package: '@tapjs/asserts',
          },
        ],
      }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['bin/*.js', '*.config.js', '*.cjs'],
    rules: { ...layout, eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error' },
  },
)
