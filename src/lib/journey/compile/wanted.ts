/** What to do about a setting that is missing or empty, by its key. */
const WANTED: Record<string, string> = {
	template: 'Choose the message to send.',
	purpose: 'Say why it is sent: treatment, operations or marketing.',
	duration: 'Say how long to wait.',
	timeout: 'Say how long to wait before going on without it.',
	event: 'Name the event.',
	where: 'Add a condition.',
	audience: 'Say who it is for.',
	date: 'Choose the date of the contact that it starts from.',
	offset: 'Say how long before or after the date. P0D is the day itself.',
	at: 'Choose a time of day.',
	repeat: 'Say whether it happens once or every year.',
	every: 'Say on which days it comes round.',
	for: 'Say how long.',
	name: 'Give it a name.',
	branches: 'Add at least one branch.',
	weight: 'Say how many of the contacts go this way.',
	contacts: 'Say how many contacts.',
	messages: 'Say how many messages.',
	per: 'Say in what time, such as PT1H for an hour.',
	by: 'Say who decides.',
	ask: 'Write what to ask.',
	set: 'Set at least one attribute.',
	segment: 'Choose the segment.',
	on: 'Say whether contacts enter or leave the segment.',
	url: 'Write the address to call.',
	method: 'Say how to call it: GET, POST, PUT, PATCH or DELETE.',
	message: 'Write the message.',
	journey: 'Choose the journey to enter.',
	stay: 'Say whether the contact goes on here as well.',
	from: 'Choose a time of day to start.',
	config: 'The settings of this step are missing.',
	steps: 'The list of steps is missing.',
	edges: 'The list of connections is missing.',
	kind: 'Say what kind of step this is.',
	id: 'The step has no id.',
	format: 'The format is missing. Write “stepwell.journey/1”.'
};

/** The same where one key asks for different things in different places, by the end of its path. */
const WANTED_AT: readonly [RegExp, string][] = [
	[/\/branches\/\d+\/id$/, 'The branch has no id.'],
	[/\/inactive\/for$/, 'Say how long the silence lasts.'],
	[/\/config\/to$/, 'Say who is told.'],
	[/\/quietHours\/to$/, 'Choose a time of day to end.']
];

/** What to say of a setting that is not there, in a marketer's words; null where only its key can be named. */
export function wantedAt(path: string, key: string): string | null {
	const special = WANTED_AT.find(([pattern]) => pattern.test(path));
	return special?.[1] ?? (Object.hasOwn(WANTED, key) ? (WANTED[key] ?? null) : null);
}
