/** A journey as the others see it: how contacts get in, what its steps change, and which way leads to which. */
import { isTrigger, type ConfigOf, type Step, type TriggerStep } from '../../document.ts';
import { parse } from '../1-parse.ts';
import type { Draft, DraftStep } from '../draft.ts';
import { readGraph, waysOf, type Graph } from './graph.ts';

/** What a step does that may let a contact into a journey. */
export type Effect = { step: string; place: readonly string[] } & (
	| { kind: 'enter'; journey: string }
	/** `values`: all that is set at once; unknown what an answer brings. */
	| { kind: 'set'; key: string; values: ConfigOf<'contact.update'>['set'] | null }
	| { kind: 'keep'; segment: string; isAdded: boolean }
	| { kind: 'send' }
);

export interface JourneySummary {
	name: string;
	/** The triggers that are on. */
	triggers: TriggerStep[];
	/** The one that other journeys put contacts in by. */
	manualTrigger: string | null;
	effects: Effect[];
	/** The steps that a trigger leads to; `atOnce` along ways that take no time. */
	reach(trigger: string): { all: ReadonlySet<string>; atOnce: ReadonlySet<string> };
}

export function summarise(draft: Draft, graph: Graph): JourneySummary {
	const on = graph.steps.filter(({ disabled }) => !disabled).map(({ step }) => step);
	const known = new Map<string, ReturnType<JourneySummary['reach']>>();
	return {
		name: draft.name,
		triggers: on.filter((step): step is TriggerStep => step !== null && isTrigger(step)),
		manualTrigger: firstByHand(draft, graph),
		effects: on.flatMap((step) => (step ? effectsOf(step) : [])),
		reach(trigger) {
			let reach = known.get(trigger);
			if (!reach) {
				reach = { all: reachFrom(graph, trigger, true), atOnce: reachFrom(graph, trigger, false) };
				known.set(trigger, reach);
			}
			return reach;
		}
	};
}

/** A journey is entered by its first trigger by hand, in the document's order. */
function firstByHand(draft: Draft, { stepById }: Graph): string | null {
	const isByHand = (each: DraftStep) => each.step?.kind === 'trigger.manual' && !each.disabled;
	return draft.steps.find((each) => isByHand(each) && stepById.get(each.id) === each)?.id ?? null;
}

function effectsOf(step: Step): Effect[] {
	const { id } = step;
	switch (step.kind) {
		case 'journey.enter':
			return [{ step: id, place: ['config', 'journey'], kind: 'enter', journey: step.config.journey }];
		case 'contact.update': {
			const values = step.config.set;
			return Object.keys(values).map((key) => ({
				step: id,
				place: ['config', 'set', key],
				kind: 'set',
				key,
				values
			}));
		}
		case 'webhook.call': {
			const { save } = step.config;
			return save === undefined
				? []
				: [{ step: id, place: ['config', 'save'], kind: 'set', key: save, values: null }];
		}
		case 'segment.add':
		case 'segment.remove': {
			const isAdded = step.kind === 'segment.add';
			return [
				{ step: id, place: ['config', 'segment'], kind: 'keep', segment: step.config.segment, isAdded }
			];
		}
		case 'send.email':
		case 'send.text':
			return [{ step: id, place: [], kind: 'send' }];
		default:
			return [];
	}
}

function reachFrom(graph: Graph, trigger: string, takesTime: boolean): Set<string> {
	const reached = new Set([trigger]);
	for (const id of reached) {
		for (const way of waysOf(graph, id))
			if (!way.isClosed && (takesTime || !way.isTimed)) reached.add(way.to.id);
	}
	return reached;
}

const EMPTY: JourneySummary = {
	name: '',
	triggers: [],
	manualTrigger: null,
	effects: [],
	reach: () => ({ all: new Set(), atOnce: new Set() })
};

const summaries = new WeakMap<object, JourneySummary>();

/**
 * The summary of another journey's document, as far as it can be read: it may be a draft. Documents are values that
 * nobody writes into, so each is read once, for this is asked at every key stroke.
 */
export function summaryOf(document: unknown): JourneySummary {
	if (typeof document !== 'object' || document === null) return EMPTY;
	let summary = summaries.get(document);
	if (!summary) {
		const { draft } = parse(document);
		summary = draft
			? summarise(
					draft,
					readGraph(draft, ({ id }) => id, [])
				)
			: EMPTY;
		summaries.set(document, summary);
	}
	return summary;
}
