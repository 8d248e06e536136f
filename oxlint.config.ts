import { type DummyRuleMap, defineConfig, type OxlintOverride } from 'oxlint';
import {
  CLIENT_ONLY_ITSELF,
  CORE_ONLY_ZOD,
  LAYERS,
  type RestrictedImport,
  restrictedImports,
} from './infra/checks/layers.ts';

const TEST_FILES = ['**/*.test.ts', 'tests/**/*.ts'];

/** Layers whose code may import almost nothing. */
const PURE: Readonly<Record<string, { files: string[]; refused: RestrictedImport }>> = {
  core: { files: ['packages/core/**/*.ts'], refused: CORE_ONLY_ZOD },
  client: { files: ['packages/client/src/**/*.ts'], refused: CLIENT_ONLY_ITSELF },
};

/** The layer rules as overrides; a later override replaces an earlier one for the same files. */
const layerRules: OxlintOverride[] = LAYERS.flatMap((layer) => {
  const files = [`${layer.path}/**/*.ts`];
  const patterns = restrictedImports(layer);
  const rule: OxlintOverride = { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
  const pure = PURE[layer.name];
  if (!pure) return [rule];
  const rules: DummyRuleMap = { 'no-restricted-imports': ['error', { patterns: [...patterns, pure.refused] }] };
  return [rule, { files: pure.files, excludeFiles: TEST_FILES, rules }];
});

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'vitest'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error', suspicious: 'error' },
  // The last one has to run on an old Node, before anything is installed.
  ignorePatterns: ['**/generated/**', '**/coverage/**', 'infra/checks/node-version.mjs'],
  rules: {
    // Promises and errors: a lost rejection is a lost mission.
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
    'typescript/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
    'typescript/use-unknown-in-catch-callback-variable': 'error',

    // Types: what the compiler knows is not to be talked over.
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/no-unsafe-function-type': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/consistent-type-exports': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/no-deprecated': 'error',
    'typescript/no-dynamic-delete': 'error',
    'typescript/no-empty-object-type': 'error',
    'typescript/no-invalid-void-type': 'off',
    'typescript/no-mixed-enums': 'error',
    'typescript/prefer-nullish-coalescing': 'error',
    'typescript/prefer-readonly': 'error',
    'typescript/restrict-plus-operands': 'error',
    'typescript/array-type': ['error', { default: 'array' }],

    // Modules: named exports, no cycles, nothing hidden.
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'import/no-mutable-exports': 'error',
    'import/no-duplicates': 'error',
    'import/no-commonjs': 'error',
    'import/first': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],

    // House style.
    'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
    'max-params': ['error', { max: 3 }],
    'max-depth': ['error', 4],
    'no-console': 'error',
    'no-warning-comments': 'error',
    'no-else-return': 'error',
    'no-lonely-if': 'error',
    'no-nested-ternary': 'error',
    'no-param-reassign': 'error',
    'no-useless-return': 'error',
    'no-var': 'error',
    'object-shorthand': 'error',
    'prefer-const': 'error',
    'prefer-template': 'error',
    'default-case-last': 'error',
    'no-constructor-return': 'error',
    'no-fallthrough': 'error',
    'no-new-func': 'error',
    'no-self-compare': 'error',
    'no-template-curly-in-string': 'error',
    curly: ['error', 'multi-line'],
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    radix: 'error',
    'oxc/no-accumulating-spread': 'error',
    'oxc/no-const-enum': 'error',
    'unicorn/no-abusive-eslint-disable': 'error',
    'unicorn/no-length-as-slice-end': 'error',
    'unicorn/no-lonely-if': 'error',
    'unicorn/no-typeof-undefined': 'error',
    'unicorn/no-useless-promise-resolve-reject': 'error',
    'unicorn/no-useless-switch-case': 'error',
    'unicorn/prefer-array-find': 'error',
    'unicorn/prefer-array-flat-map': 'error',
    'unicorn/prefer-array-some': 'error',
    'unicorn/prefer-at': 'error',
    'unicorn/prefer-date-now': 'error',
    'unicorn/prefer-math-min-max': 'error',
    'unicorn/prefer-number-properties': 'error',
    'unicorn/prefer-optional-catch-binding': 'error',
    'unicorn/prefer-set-has': 'error',
    'unicorn/prefer-string-slice': 'error',
    'unicorn/prefer-structured-clone': 'error',
    'unicorn/throw-new-error': 'error',

    // Out of the two categories, what fights the house style, the drivers' own names or what the compiler does better.
    'no-control-regex': 'off',
    'typescript/consistent-return': 'off',
    // Plain objects from createX have no `this`, and are taken apart freely.
    'typescript/unbound-method': 'off',
    'no-underscore-dangle': 'off',
    'import/no-named-as-default-member': 'off',
    'unicorn/consistent-function-scoping': 'off',
  },
  overrides: [
    ...layerRules,
    {
      // Answers of servers, fixtures and the tools' own files are looked into without a schema.
      files: [...TEST_FILES, 'infra/checks/**/*.ts'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
    {
      // What SQL returns is typed by hand, next to the statement that returns it.
      files: ['packages/db/src/**/*.ts'],
      rules: { 'typescript/no-unsafe-type-assertion': 'off' },
    },
    { files: ['apps/admin/**/*.ts', 'apps/local/**/*.ts', 'infra/checks/**/*.ts'], rules: { 'no-console': 'off' } },
    {
      // What a new user reads first: no more words than it takes. Express 5 hears of a handler's rejection by itself.
      files: ['examples/*.mjs'],
      rules: {
        'no-console': 'off',
        'oxc/no-async-endpoint-handlers': 'off',
        'typescript/no-misused-promises': 'off',
        'typescript/no-unsafe-argument': 'off',
        'typescript/restrict-template-expressions': 'off',
      },
    },
    { files: ['*.config.ts', 'tests/harness/global-setup.ts'], rules: { 'import/no-default-export': 'off' } },
  ],
});
