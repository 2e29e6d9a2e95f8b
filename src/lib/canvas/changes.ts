/** What a publish would change, and whom it concerns. */
import { isSame } from './history-store.ts';
import { edgeKey, isTrigger, type DraftDocument, type DraftStep } from './document.ts';

export interface Changes {
	added: DraftStep[];
	removed: DraftStep[];
	changed: DraftStep[];
	/** Connections led elsewhere, drawn or removed. */
	connections: number;
	settings: boolean;
}

/** The difference to what is live. Where steps stand, and what they are called, changes nothing for anybody. */
export function changesBetween(live: DraftDocument, draft: DraftDocument): Changes {
	const liveById = new Map(live.steps.map((step) => [step.id, step]));
	const draftIds = new Set(draft.steps.map((step) => step.id));
	return {
		added: draft.steps.filter((step) => !liveById.has(step.id)),
		removed: live.steps.filter((step) => !draftIds.has(step.id)),
		changed: draft.steps.filter((step) => {
			const before = liveById.get(step.id);
			return before !== undefined && !isSame(behaviour(before), behaviour(step));
		}),
		connections: differingEdges(live, draft),
		settings: !isSame(live.settings, draft.settings)
	};
}

function behaviour({ kind, config, maxVisits, disabled }: DraftStep) {
	return { kind, config, maxVisits, disabled: disabled ?? false };
}

function differingEdges(live: DraftDocument, draft: DraftDocument): number {
	const before = new Map(live.edges.map((edge) => [edgeKey(edge), edge.to]));
	const after = new Map(draft.edges.map((edge) => [edgeKey(edge), edge.to]));
	const keys = new Set([...before.keys(), ...after.keys()]);
	return [...keys].filter((key) => before.get(key) !== after.get(key)).length;
}

export function hasChanges(changes: Changes): boolean {
	return (
		changes.added.length + changes.removed.length + changes.changed.length + changes.connections > 0 ||
		changes.settings
	);
}

/** The ways in and the messages of a document: what a publish lets happen. */
export function summaryOf(document: DraftDocument): { triggers: DraftStep[]; messages: DraftStep[] } {
	return {
		triggers: document.steps.filter((step) => isTrigger(step.kind) && !step.disabled),
		messages: document.steps.filter((step) => step.kind.startsWith('send.') && !step.disabled)
	};
}
