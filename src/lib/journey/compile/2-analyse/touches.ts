/** What each step may read and write: for the canvas, and for whoever reviews a journey. */
import { isSend, type JourneyDocument, type Step } from '../../document.ts';
import { classify } from '../../gate.ts';
import type { Workspace } from '../workspace.ts';
import { addAsked, nothingAsked, type Asked } from './leaves.ts';
import { attributeKeyOf, liquidTextsOf, readLiquid } from './liquid-texts.ts';
import { Segments } from './segments.ts';

/** Names in the order of first use. A message is named by the step that sent it, `*` for any. */
export interface Reads {
	attributes: string[];
	events: string[];
	messages: string[];
	consents: string[];
	segments: string[];
	/** Properties of the event that let the contact in. */
	trigger: string[];
}

export interface Writes {
	attributes: string[];
	segments: string[];
	/** The templates that are sent. */
	messages: string[];
	/** The journeys that contacts are put into. */
	journeys: string[];
}

export interface Touches {
	reads: Reads;
	writes: Writes;
}

/** What the steps of a document may read and write, by id; through segments too. */
export function touchesOf(document: JourneyDocument, workspace: Workspace): Record<string, Touches> {
	const types = new Map(workspace.attributes.map(({ key, type }) => [key, type]));
	const segments = new Segments(workspace.segments ?? [], types);
	const templates = new Map(workspace.templates.map((template) => [template.slug, template]));
	const reader = { segments, readsOfTemplate: (slug: string) => templates.get(slug)?.reads ?? [] };
	return Object.fromEntries(
		document.steps.map((step) => [step.id, { reads: readsOf(step, reader), writes: writesOf(step) }])
	);
}

interface Reader {
	segments: Segments;
	readsOfTemplate(slug: string): string[];
}

function readsOf(step: Step, { segments, readsOfTemplate }: Reader): Reads {
	const asked = nothingAsked();
	addConfig(step, asked);
	for (const text of liquidTextsOf(step)) {
		const reading = readLiquid(text.text);
		if ('reads' in reading) addPaths(reading.reads, asked);
	}
	if (isSend(step)) {
		addPaths(readsOfTemplate(step.config.template), asked);
		if (classify(step.config).marketing) asked.consents.add('marketing');
	}
	for (const slug of [...asked.segments]) addAll(segments.asks(slug), asked);
	const messages = new Set(asked.messages.map(({ step: sender }) => sender ?? '*'));
	const { attributes, events, consents, trigger } = asked;
	return {
		attributes: [...attributes],
		events: [...events],
		messages: [...messages],
		consents: [...consents],
		segments: [...asked.segments],
		trigger: [...trigger]
	};
}

/** What the settings name outright, and what their conditions ask. */
function addConfig(step: Step, asked: Asked): void {
	if ('where' in step.config && step.config.where) addAsked(step.config.where, asked);
	if ('audience' in step.config && step.config.audience) addAsked(step.config.audience, asked);
	if ('date' in step.config && step.config.date !== undefined) addPaths([dateRead(step.config.date)], asked);
	switch (step.kind) {
		case 'decide.match':
			for (const { where } of step.config.branches) addAsked(where, asked);
			break;
		case 'trigger.time':
			if ('inactive' in step.config) asked.events.add(step.config.inactive.event);
			break;
		case 'trigger.behavior':
		case 'trigger.transactional':
			asked.events.add(step.config.event);
			break;
		case 'trigger.api':
			asked.events.add(`api.${step.config.name}`);
			break;
		case 'trigger.segment':
			asked.segments.add(step.config.segment);
			break;
		case 'wait.event':
			asked.events.add(step.config.event);
			if (step.config.same !== undefined) asked.trigger.add(step.config.same);
	}
	if ('key' in step.config && step.config.key !== undefined) asked.trigger.add(step.config.key);
}

function dateRead(date: string): string {
	return date.startsWith('trigger.') ? date : `contact.${date}`;
}

/** Paths as templates read them. */
function addPaths(paths: readonly string[], asked: Asked): void {
	for (const path of paths) {
		const key = attributeKeyOf(path);
		if (key !== null) asked.attributes.add(key);
		if (path.startsWith('trigger.')) asked.trigger.add(path.slice('trigger.'.length));
	}
}

/** What a segment asks, but for the event of the journey: a segment knows none. */
function addAll(more: Asked, asked: Asked): void {
	for (const kind of ['attributes', 'events', 'consents', 'segments'] as const) {
		for (const name of more[kind]) asked[kind].add(name);
	}
	asked.messages.push(...more.messages);
}

function writesOf(step: Step): Writes {
	const writes: Writes = { attributes: [], segments: [], messages: [], journeys: [] };
	switch (step.kind) {
		case 'contact.update':
			return { ...writes, attributes: Object.keys(step.config.set) };
		case 'webhook.call':
			return { ...writes, attributes: step.config.save === undefined ? [] : [step.config.save] };
		case 'segment.add':
		case 'segment.remove':
			return { ...writes, segments: [step.config.segment] };
		case 'send.email':
		case 'send.text':
			return { ...writes, messages: [step.config.template] };
		case 'journey.enter':
			return { ...writes, journeys: [step.config.journey] };
		default:
			return writes;
	}
}
