/** `['contact', 'a/b', 0]` as a JSON pointer (RFC 6901): `/contact/a~1b/0`. The whole is the empty text. */
export function pointer(path: readonly PropertyKey[]): string {
	return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
