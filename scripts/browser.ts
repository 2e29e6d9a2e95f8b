// Finds a Chromium for the browser tests, or gets one: Debian's package, else Playwright's own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { programOf } from './tool.ts';

const places = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome-stable',
	'/usr/bin/google-chrome'
];

/** The path of a Chromium. Throws a StartError, in a sentence, where there is none and none can be installed. */
export function findBrowser(say: (line: string) => void): string {
	const found = presentBrowser();
	if (found) return found;
	if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		say('Installing Chromium from the system’s packages (once) …');
		apt('update');
		apt('install', '-y', '--no-install-recommends', 'chromium');
	} else {
		say('Fetching Playwright’s Chromium (once) …');
		spawnSync(process.execPath, [programOf('playwright'), 'install', 'chromium'], { stdio: 'ignore' });
	}
	const installed = presentBrowser();
	if (installed) return installed;
	throw new StartError(
		'The browser tests need Chromium, and it could not be installed. Install it (as root: apt-get install chromium), or set CHROMIUM to its path.'
	);
}

/** The path of a Chromium that is there already. */
export function presentBrowser(): string | undefined {
	const asked = process.env.CHROMIUM;
	return [...(asked ? [asked] : []), ...places, chromium.executablePath()].find(
		(path) => path && existsSync(path)
	);
}

function apt(...args: string[]): void {
	spawnSync('/usr/bin/apt-get', ['-qq', ...args], {
		stdio: 'ignore',
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
	});
}
