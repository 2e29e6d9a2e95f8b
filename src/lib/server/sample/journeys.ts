/** The four ready journeys: the sample clinic runs them, and the gallery offers them as starting points. */
import type { JourneyDocument } from '$lib/journey/index.ts';
import { birthdayCheckUp } from './journeys/birthday-check-up.ts';
import { eobReady } from './journeys/eob-ready.ts';
import { labResultReady } from './journeys/lab-result-ready.ts';
import { postVisitFollowUp } from './journeys/post-visit-follow-up.ts';

export interface SampleJourney {
	slug: string;
	name: string;
	/** One sentence for the gallery's card. */
	summary: string;
	document: JourneyDocument;
}

export const sampleJourneys: SampleJourney[] = [
	{
		slug: 'post-visit-follow-up',
		name: 'Post-visit follow-up',
		summary: 'Ask how a visit went, remind once, and call back whoever was unhappy.',
		document: postVisitFollowUp
	},
	{
		slug: 'lab-result-ready',
		name: 'Lab result ready',
		summary: 'Your lab system calls, the patient hears of it at once, and nobody’s result goes unseen.',
		document: labResultReady
	},
	{
		slug: 'birthday-check-up',
		name: 'Birthday check-up',
		summary:
			'Invite adults to their yearly check-up two weeks before their birthday, unless they just had one.',
		document: birthdayCheckUp
	},
	{
		slug: 'eob-ready',
		name: 'Explanation of benefits ready',
		summary: 'Tell members when an explanation of benefits is ready, once for each claim.',
		document: eobReady
	}
];
