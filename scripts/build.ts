// Builds the product into build/, unless what is there was built from the same files.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const inputs = [
	'src',
	'static',
	'svelte.config.js',
	'vite.config.ts',
	'vite.server.config.ts',
	'package-lock.json'
];
const stamp = 'build/.stamp';

/** True when `build/` was made from exactly the present sources. */
export function isBuilt(): boolean {
	return existsSync('build/server.js') && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceMark();
}

/** Builds both bundles: SvelteKit's handler, and the server around it. Throws with the bundler's words when it fails. */
export function build(): void {
	const mark = sourceMark();
	rmSync('build', { recursive: true, force: true });
	vite('build');
	vite('build', '--config', 'vite.server.config.ts');
	writeFileSync(stamp, mark);
}

function vite(...args: string[]): void {
	const cli = join('node_modules', 'vite', 'bin', 'vite.js');
	const done = spawnSync(process.execPath, [cli, ...args, '--logLevel', 'warn'], {
		encoding: 'utf8',
		env: { ...process.env, NODE_ENV: 'production' }
	});
	if (done.status !== 0) throw new Error(`The build failed:\n${done.stdout}${done.stderr}`);
}

function sourceMark(): string {
	const hash = createHash('sha256');
	for (const input of inputs) for (const file of filesOf(input)) hash.update(file).update(readFileSync(file));
	return hash.digest('hex');
}

function filesOf(path: string): string[] {
	if (statSync(path).isFile()) return [path];
	return readdirSync(path, { recursive: true, encoding: 'utf8' })
		.map((name) => join(path, name))
		.filter((file) => statSync(file).isFile() && !file.endsWith('.test.ts'))
		.sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	if (isBuilt()) console.log('build/ is up to date.');
	else build();
}
