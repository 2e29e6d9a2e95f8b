/** The page to go back to after sign-in, and only a page of ours: an address of elsewhere would make us a lure. */

const home = '/';

/** `value` as a path with its query when it stays on this origin, else the home page. */
export function safeReturnTo(value: string | null | undefined): string {
	// A second slash or backslash makes browsers read a host; control characters are dropped by them before that.
	if (!value?.startsWith('/') || /^\/[/\\]|\p{Cc}/u.test(value)) return home;
	const url = URL.parse(value, 'http://here');
	if (url?.origin !== 'http://here' || url.pathname === '/' || url.pathname.startsWith('//')) return home;
	return url.pathname + url.search;
}
