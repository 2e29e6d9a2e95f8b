/** A cycle between files fails the check, and an answer that reaches past the sight. `scripts/people-through-sight.test.ts` proves that it can. */
module.exports = {
	forbidden: [
		{
			name: 'no-cycle',
			severity: 'error',
			from: { path: '(.+)' },
			to: { circular: true, pathNot: '^$1$', viaOnly: { dependencyTypesNot: ['type-only'] } }
		},
		{
			name: 'people-through-sight',
			comment:
				'What is about people comes out of people/sight.ts and the readers beside it, masked as the asker may see.',
			severity: 'error',
			from: { path: '^src/(lib/server/api|routes)/' },
			to: {
				path: '^src/lib/server/(people/(contact-store|contact-pages|payloads|outgoing|covered|caught|marks)\\.ts$|seal/(?!errors\\.ts))',
				dependencyTypesNot: ['type-only']
			}
		}
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		exclude: { path: ['\\.test\\.ts$', '\\.svelte-kit'] },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: {
			extensions: ['.ts', '.tsx', '.js', '.svelte', '.json'],
			conditionNames: ['import', 'svelte', 'node', 'default']
		}
	}
};
