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
	channel: 'email';
	subject: string;
	/** All words of it. */
	text: string;
	/** Liquid paths such as `contact.firstName` and `trigger.date`. */
	reads: string[];
	subjectReads: string[];
}

/** What the compiler knows of the rest of the installation. */
export interface Workspace {
	timezone: string;
	attributes: AttributeSummary[];
	templates: TemplateSummary[];
	journeys?: { slug: string; document: unknown }[];
	frequencyCap?: { messages: number; per: string };
	/** False: no agreement covers the mail transport. */
	baa?: boolean;
}
