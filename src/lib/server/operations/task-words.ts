/** What graphile-worker's tasks are called on the screens. */
const words: Record<string, string> = {
	pump: 'Move people on',
	route: 'Route events',
	send: 'Hand over messages',
	call: 'Call other systems',
	admit: 'Let in who is due',
	plan: 'Plan the entries of a journey',
	'plan-contacts': 'Plan the entries of people who changed',
	watch: 'Watch what goes out',
	'tell-owner': 'Tell an owner of a paused journey',
	tidy: 'Tidy up once a day',
	hourly: 'Sign the audit log'
};

/** A task in words; its own name where this version has no such task. */
export function taskWords(task: string): string {
	return Object.hasOwn(words, task) ? (words[task] ?? task) : task;
}
