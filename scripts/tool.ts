// Runs a tool of node_modules with this Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ToolResult {
	status: number;
	output: string;
}

const packageOf: Record<string, string> = {
	depcruise: 'dependency-cruiser',
	'svelte-kit': '@sveltejs/kit',
	playwright: '@playwright/test'
};

/** Runs `name` and shows its words; with `quiet` they only come back. Its exit code is `status`. */
export function runTool(
	name: string,
	args: string[],
	{ quiet = false, env = {} }: { quiet?: boolean; env?: Record<string, string> } = {}
): ToolResult {
	const done = spawnSync(process.execPath, [programOf(name), ...args], {
		encoding: 'utf8',
		stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
		maxBuffer: 64 * 1024 * 1024,
		env: { ...process.env, ...env }
	});
	return { status: done.status ?? 1, output: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

/** The script that `name` starts. */
export function programOf(name: string): string {
	const folder = join('node_modules', packageOf[name] ?? name);
	const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
		bin: string | Record<string, string>;
	};
	const file = join(folder, typeof bin === 'string' ? bin : (bin[name] ?? ''));
	if (!existsSync(file)) throw new Error(`${name} has no program in ${dirname(file)}.`);
	return file;
}
