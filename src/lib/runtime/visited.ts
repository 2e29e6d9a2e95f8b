/**
 * How often an enrollment visited each step, as its row holds it: `visit hello:3 two-days`. The ids of steps hold neither
 * spaces nor colons. In SQL `visits_of` and `with_visit` read and write the same.
 */

export function writeVisited(arrivals: Readonly<Record<string, number>>): string {
	let text = '';
	for (const [step, count] of Object.entries(arrivals))
		text += `${text && ' '}${count === 1 ? step : `${step}:${count}`}`;
	return text;
}

export function readVisited(text: string): Record<string, number> {
	const arrivals: Record<string, number> = {};
	if (text === '') return arrivals;
	for (const part of text.split(' ')) {
		const at = part.indexOf(':');
		if (at < 0) arrivals[part] = 1;
		else arrivals[part.slice(0, at)] = Number(part.slice(at + 1));
	}
	return arrivals;
}
