/** A cycle between files fails the check. */
module.exports = {
	forbidden: [
		{
			name: 'no-cycle',
			severity: 'error',
			from: { path: '(.+)' },
			to: { circular: true, pathNot: '^$1$', viaOnly: { dependencyTypesNot: ['type-only'] } }
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
