// What the linter refuses in the console's pages and their tests; what names exist is tsc's to say.
const rules = {
  "array-callback-return": "error", "constructor-super": "error", "eqeqeq": ["error", "always", { null: "ignore" }], "for-direction": "error",
  "getter-return": "error", "no-alert": "error", "no-async-promise-executor": "error", "no-case-declarations": "error",
  "no-compare-neg-zero": "error", "no-cond-assign": "error", "no-console": "error", "no-const-assign": "error", "no-constant-binary-expression": "error",
  "no-constant-condition": ["error", { checkLoops: "allExceptWhileTrue" }], "no-debugger": "error", "no-dupe-args": "error", "no-dupe-class-members": "error",
  "no-dupe-else-if": "error", "no-dupe-keys": "error", "no-duplicate-case": "error", "no-duplicate-imports": "error", "no-else-return": "error",
  "no-empty-pattern": "error", "no-eval": "error", "no-ex-assign": "error", "no-fallthrough": "error", "no-func-assign": "error",
  "no-implied-eval": "error", "no-import-assign": "error", "no-loss-of-precision": "error", "no-new-func": "error", "no-promise-executor-return": "off",
  "no-prototype-builtins": "error", "no-redeclare": "error", "no-self-assign": "error", "no-self-compare": "error", "no-shadow-restricted-names": "error",
  "no-sparse-arrays": "error", "no-throw-literal": "error", "no-unreachable": "error", "no-unsafe-finally": "error", "no-unsafe-negation": "error",
  "no-unsafe-optional-chaining": "error", "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }], "no-useless-catch": "error",
  "no-useless-rename": "error", "no-var": "error", "object-shorthand": "error", "prefer-const": "error", "use-isnan": "error", "valid-typeof": "error",
  "max-lines": ["error", { max: 300 }],
  // Text becomes text: markup goes through html`…` alone.
  "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }, { property: "insertAdjacentHTML" }, { object: "document", property: "write" }],
  "no-restricted-syntax": ["error", { selector: "Property[key.name='dangerouslySetInnerHTML']", message: "markup goes through html`…`" }],
};

export default [
  { ignores: ["web/vendor/**", "**/node_modules/**"] },
  { files: ["web/**/*.js", "tests/console/**/*.js"], languageOptions: { ecmaVersion: 2024, sourceType: "module" }, linterOptions: { reportUnusedDisableDirectives: "error" }, rules },
  // A catalogue is as long as there is to say.
  { files: ["web/i18n/*.js"], rules: { "max-lines": "off" } },
];
