/** The mail that tells somebody of the team of a note: which journey, which step, and where it is. Nothing about the person. */
import type { ComposedMail } from './compose.ts';

export interface NoticeFacts {
	id: number;
	journey: string;
	step: string;
	/** Whether the reader can sign in; somebody outside can only ask the team. */
	isMember: boolean;
}

export function noticeMail(publicUrl: string, workspace: string, facts: NoticeFacts): ComposedMail {
	const { id, isMember } = facts;
	const [journey, step] = [oneLine(facts.journey), oneLine(facts.step)];
	const link = `${publicUrl}/notes/${id}`;
	const lines = [
		`The journey “${journey}” has a note for you, from its step “${step}”.`,
		isMember
			? `Sign in to read it: ${link}`
			: `It is in Stepwell, note ${id}. Ask somebody of ${workspace} who can sign in: ${link}`,
		'What it says may be about a person’s health, so it is not in this mail.'
	];
	return {
		subject: `A note from “${journey}”`,
		text: lines.join('\n\n'),
		html: `<!doctype html><html lang="en"><body style="font-family: sans-serif">${lines
			.map((line) => `<p>${escape(line)}</p>`)
			.join('')}</body></html>`,
		headers: { 'Auto-Submitted': 'auto-generated' }
	};
}

function oneLine(text: string): string {
	return text.replace(/\p{Cc}+/gu, ' ').trim();
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escape(text: string): string {
	return text.replace(/[&<>]/g, (letter) => entities[letter] ?? letter);
}
