import type { Where } from '../document.ts';
import type { AttributeType } from '../world.ts';

export interface AttributeSummary {
	key: string;
	label: string;
	type: AttributeType;
	phi: boolean;
}

export interface TemplateSummary {
	slug: string;
	name: string;
	channel: 'email' | 'text' | 'portal';
	subject: string;
	/** All words of it. */
	text: string;
	/** Liquid paths such as `contact.firstName` and `trigger.date`. */
	reads: string[];
	subjectReads: string[];
}

export interface SegmentSummary {
	slug: string;
	name?: string;
	/** Null for one that is kept by hand. */
	where: Where | null;
}

export interface TeamMember {
	name: string;
	email: string;
}

/** What the compiler knows of the rest of the installation. */
export interface Workspace {
	timezone: string;
	attributes: AttributeSummary[];
	templates: TemplateSummary[];
	/** All journeys, with the document that is looked at: what is live, else the draft. */
	journeys?: { slug: string; document: unknown }[];
	segments?: SegmentSummary[];
	/** Everybody who can be told; left out, nobody asks who they are. */
	team?: TeamMember[];
	frequencyCap?: { messages: number; per: string };
	/** False: no agreement covers the mail transport. */
	baa?: boolean;
}
