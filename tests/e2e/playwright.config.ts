import { defineConfig, devices } from '@playwright/test';

export default defineConfig({
	testDir: '.',
	testMatch: '*.e2e.ts',
	outputDir: '../../test-results/e2e',
	// One built app a file, and two cores: two files at a time, the longest of them beside all others.
	workers: 2,
	timeout: 90_000,
	expect: { timeout: 10_000 },
	reporter: [['list'], ['json']],
	forbidOnly: true,
	use: {
		actionTimeout: 15_000,
		...devices['Desktop Chrome'],
		viewport: { width: 1440, height: 900 },
		screenshot: 'only-on-failure',
		trace: 'retain-on-failure',
		launchOptions: {
			executablePath: process.env.CHROMIUM,
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	}
});
