// What the built product answers through SvelteKit: read from its manifest, so that nothing can be left out by hand.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Manifest {
	m: {
		_: {
			nodes: (() => Promise<{ server?: { actions?: Record<string, unknown> } }>)[];
			routes: {
				id: string;
				page: { leaf: number } | null;
				endpoint: (() => Promise<Record<string, unknown>>) | null;
			}[];
		};
	};
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'fallback'];
const CHUNKS = resolve('build', 'server', 'chunks');

/** One line for each page (`GET /(app)/audit`), form action (`POST /(app)/people?/search`) and method of an endpoint. */
export async function builtRoutes(): Promise<string[]> {
	const file = readdirSync(CHUNKS).find((name) => /^manifest\.js-[^.]+\.js$/.test(name)) ?? '';
	const { m: manifest } = (await import(pathToFileURL(join(CHUNKS, file)).href)) as Manifest;
	const { nodes, routes } = manifest._;
	const lines = await Promise.all(
		routes.map(async ({ id, page, endpoint }) => {
			const actions = Object.keys((page && (await nodes[page.leaf]?.())?.server?.actions) || {});
			const methods = Object.keys((await endpoint?.()) ?? {}).filter((name) => METHODS.includes(name));
			return [
				...(page ? [`GET ${id}`] : []),
				...actions.map((name) => `POST ${id}${name === 'default' ? '' : `?/${name}`}`),
				...methods.map((method) => `${method} ${id}`)
			];
		})
	);
	return lines.flat().sort();
}
