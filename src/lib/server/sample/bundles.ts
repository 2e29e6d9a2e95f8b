/** The two real Synthea patients, from the fixtures that the npm package `cql-exec-fhir` ships. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The parsed JSON of both bundles, in the order of their files' names. Throws when the package is not installed. */
export function readBundles(): unknown[] {
	// Resolved from the running file's place, so it works from source and from the bundle in build/ alike.
	const manifest = createRequire(import.meta.url).resolve('cql-exec-fhir/package.json');
	const folder = join(dirname(manifest), 'test', 'fixtures', 'r4');
	return readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { resourceType?: unknown })
		.filter((content) => content.resourceType === 'Bundle');
}
