/** The people of the team whom steps tell. */
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { TeamMember } from '../workspace.ts';
import type { Analysis } from './analysis.ts';
import { similarTo } from './similar.ts';

/** Asks nothing where the team is not known, as in a rehearsal. */
export function checkTeam(analysis: Analysis): void {
	const { team } = analysis.workspace;
	if (!team) return;
	for (const { step, index } of analysis.graph.steps) {
		if (step?.kind !== 'notify.team') continue;
		step.config.to.forEach((word, place) => {
			if (!isIn(team, word)) tell(word, at('/steps', index, 'config', 'to', place), step.id, team, analysis);
		});
	}
}

// As the runtime finds them: by name or address, in any case.
function isIn(team: readonly TeamMember[], word: string): boolean {
	const wanted = word.trim().toLowerCase();
	return team.some(({ name, email }) => [name, email].some((own) => own.toLowerCase() === wanted));
}

function tell(
	word: string,
	path: string,
	step: string,
	team: readonly TeamMember[],
	{ found }: Analysis
): void {
	const fix = fixFor(word, path, team);
	if (word.includes('@')) {
		const message = `“${word}” is nobody of the team: they are mailed that a note is there, but can’t open it. Choose somebody of the team if they should read it.`;
		found.push(diagnose('team.unknown', path, message, { step, fix, severity: 'warning' }));
		return;
	}
	const message = `There is nobody called “${word}” in the team, so nobody would be told. Choose somebody of the team, or write an address.`;
	found.push(diagnose('team.unknown', path, message, { step, fix }));
}

function fixFor(word: string, path: string, team: readonly TeamMember[]): Fix | undefined {
	const meant = similarTo(word, team, ({ name, email }) => [name, email]);
	if (!meant) return undefined;
	return { label: `Use “${meant.name}”`, patch: [{ op: 'set', path, value: meant.email }] };
}
