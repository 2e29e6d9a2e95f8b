/** A browser's `User-Agent` in the words of whoever looks for a session that is not theirs. It can claim anything. */

const browsers: readonly [RegExp, string][] = [
	[/\bEdg(e|A|iOS)?\//, 'Edge'],
	[/\b(OPR|Opera)\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\b(Firefox|FxiOS)\//, 'Firefox'],
	[/\b(Chrome|CriOS|Chromium)\//, 'Chrome'],
	[/\bSafari\//, 'Safari']
];

const systems: readonly [RegExp, string][] = [
	[/\b(iPhone|iPod)\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bAndroid\b/, 'Android'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac OS X\b/, 'Mac'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bLinux\b/, 'Linux']
];

/** Such as “Firefox on Windows”; “Unknown browser” where nothing is recognised. */
export function agentInWords(agent: string | null): string {
	const find = (table: readonly [RegExp, string][]) => table.find(([mark]) => mark.test(agent ?? ''))?.[1];
	const [browser, system] = [find(browsers), find(systems)];
	if (!browser) return system ? `A program on ${system}` : 'Unknown browser';
	return system ? `${browser} on ${system}` : browser;
}
