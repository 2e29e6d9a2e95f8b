// Lint, and the import rules of the house as one map. `scripts/import-rules.test.ts` proves that each of them can fail.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/**
 * What each room of `src/lib` must not import, as regular expressions over the specifier. `why` is what the reader of a
 * failure sees.
 */
export const importRules = {
	journey: [
		{
			regex: '^(node:|pg$|drizzle-orm|graphile-worker|svelte|@sveltejs/|@xyflow/|\\$app/|\\$env/)',
			why: 'the language is pure: no IO, no framework'
		},
		{
			regex: '^\\$lib/(server|runtime|canvas|ui)/|^\\.\\./(\\.\\./)*(server|runtime|canvas|ui)/',
			why: 'the language knows no shell'
		}
	],
	canvas: [
		{
			regex: '^\\$lib/(server|runtime)/|^\\.\\./(\\.\\./)*(server|runtime)/|^\\$lib/server$',
			why: 'the canvas runs in the browser',
			types: true
		},
		{ regex: '^(node:|pg$|drizzle-orm|graphile-worker)', why: 'the canvas runs in the browser' }
	],
	ui: [
		{
			regex: '^\\$lib/(journey|runtime|canvas)/|^\\.\\./(\\.\\./)*(journey|runtime|canvas|server)/',
			why: 'the kit knows no domain word'
		},
		{ regex: '^\\$lib/server/', why: 'the kit runs in the browser', types: true },
		{ regex: '^(node:|pg$|drizzle-orm|graphile-worker)', why: 'the kit runs in the browser' }
	],
	runtime: [
		{ regex: '^(svelte|@sveltejs/|@xyflow/|\\$app/)|^\\$lib/(canvas|ui)/', why: 'the runtime draws nothing' },
		{
			regex: '^\\$lib/server/(?!(db|mail|consent|audit|people|seal|webhooks|(app|meters|trace)\\.ts))',
			why: 'the runtime reaches db, mail, consent, audit, people, seal, webhooks, the app, meters and traces, no more'
		}
	],
	server: [
		{ regex: '^(svelte($|/)|@xyflow/)|^\\$lib/(canvas|ui)/', why: 'the server draws nothing' },
		{
			regex:
				'^\\$lib/runtime/(?!(admit-planned|approvals|breaker|breaker-limits|breaker-trip|cancel|deferred|door|enrol|held|newer-version|places|plans|planned|processes|pump|retry|retry-aside|route|segments|sender)\\.ts)',
			why: "the runtime's door is door.ts"
		}
	],
	'server/db': [
		{ regex: '^\\$lib/(?!server/db/)|^\\.\\./(?!db/|app\\.ts)', why: 'db imports none of its neighbours' }
	]
};

const roomRules = Object.entries(importRules).map(([room, rules]) => ({
	files: [`src/lib/${room}/**/*.{ts,tsx,svelte,svelte.ts}`],
	ignores: ['**/*.test.ts', ...(room === 'server' ? ['src/lib/server/db/**'] : [])],
	rules: {
		'@typescript-eslint/no-restricted-imports': [
			'error',
			{
				patterns: rules.map(({ regex, why, types }) => ({
					regex,
					message: why,
					allowTypeImports: types === true
				}))
			}
		]
	}
}));

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/', '.data/', '.tools/', 'node_modules/', 'test-results/'] },
	js.configs.recommended,
	...ts.configs.strict,
	...svelte.configs.recommended,
	prettier,
	...svelte.configs.prettier,
	{
		languageOptions: { globals: { ...globals.node, ...globals.browser } },
		rules: {
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'@typescript-eslint/no-empty-function': 'off',
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/consistent-type-imports': [
				'error',
				{ fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }
			],
			eqeqeq: 'error',
			'no-console': 'off'
		}
	},
	{
		files: ['src/**/*.{ts,tsx,svelte}'],
		rules: { 'no-console': 'error' }
	},
	{
		files: ['src/**/*.{ts,tsx,svelte}'],
		ignores: ['src/lib/server/log.ts', '**/*.test.ts'],
		rules: {
			'no-restricted-syntax': [
				'error',
				{
					selector:
						'ImportDeclaration[source.value="pino"][importKind!="type"] > *[importKind!="type"].specifiers',
					message: 'there is one log, and log.ts takes people out of it'
				}
			]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts', '**/*.svelte.js'],
		languageOptions: {
			parserOptions: {
				projectService: false,
				extraFileExtensions: ['.svelte'],
				parser: ts.parser,
				svelteConfig
			}
		},
		rules: { 'no-undef': 'off', 'svelte/no-navigation-without-resolve': 'off' }
	},
	{ files: ['**/*.ts', '**/*.tsx'], rules: { 'no-undef': 'off' } },
	{
		files: ['src/lib/journey/**/*.ts'],
		ignores: ['**/*.test.ts'],
		rules: {
			'no-restricted-globals': [
				'error',
				'process',
				'window',
				'document',
				'localStorage',
				'fetch',
				'setTimeout',
				'setInterval'
			],
			'no-restricted-properties': [
				'error',
				{ object: 'Date', property: 'now', message: 'time comes in as an argument' },
				{ object: 'Math', property: 'random', message: 'chance comes in as an argument' }
			]
		}
	},
	...roomRules
);
