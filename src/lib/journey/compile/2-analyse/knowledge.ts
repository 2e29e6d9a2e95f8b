/**
 * What is known of a contact at each step from the decisions on the way there: a forward analysis in which only what
 * every way into a step tells is known at it. An outcome that contradicts what is known is never taken and tells
 * nothing further. It begins with too much and takes away until nothing changes, so circles are no exception.
 */
import type { Where } from '../../document.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { changeAt, factsOfChange, factsOfEntry } from './changes.ts';
import { contradicts } from './contradiction.ts';
import { casesOf, type Case } from './decisions.ts';
import { factsOf, isKept, type Change, type Fact } from './facts.ts';
import { waysOf, type Way } from './graph.ts';

/** What is known, by what it says. */
type Known = ReadonlyMap<string, Fact>;

/** So much is kept in mind at one step; what was learned first goes first. */
const MOST_FACTS = 64;

const NOTHING: Known = new Map();

export interface Decided {
	step: DraftStep;
	/** What is known of who comes there. */
	known: Known;
	cases: Case[];
	/** The outcomes that nobody who comes there can take. */
	dead: ReadonlySet<string>;
}

class Knowledge {
	private readonly analysis: Analysis;
	private readonly broken: ReadonlySet<Where>;
	private readonly knownAt = new Map<string, Known>();
	private readonly casesById = new Map<string, Case[]>();
	private readonly factsByCase = new Map<Case, Fact[]>();
	private readonly laterByKnown = new WeakMap<Known, Known>();
	readonly decided = new Map<string, Decided>();

	constructor(analysis: Analysis, broken: ReadonlySet<Where>) {
		this.analysis = analysis;
		this.broken = broken;
	}

	run(): void {
		const { graph, along } = this.analysis;
		const changed = new Set<string>();
		for (const step of graph.steps) {
			if (!step.isTrigger) continue;
			this.knownAt.set(step.id, NOTHING);
			changed.add(step.id);
		}
		while (changed.size) {
			for (const step of along) if (changed.delete(step.id)) this.pass(step, changed);
		}
	}

	/** Tells the steps behind one what is known after it. */
	private pass(step: DraftStep, changed: Set<string>): void {
		const known = this.knownAt.get(step.id) ?? NOTHING;
		const decided = this.decide(step, known);
		const after = this.after(step, known);
		for (const way of waysOf(this.analysis.graph, step.id)) {
			if (way.isClosed || decided?.dead.has(way.outcome)) continue;
			// Who may visit no more passes by, and nothing happens.
			const told = way.outcome === 'repeat' ? known : this.taught(decided, way, after);
			if (this.learn(way.to.id, told)) changed.add(way.to.id);
		}
	}

	decide(step: DraftStep, known: Known): Decided | null {
		let cases = this.casesById.get(step.id);
		if (!cases) {
			cases = casesOf(step, this.analysis, this.broken);
			this.casesById.set(step.id, cases);
		}
		if (!cases.length) return null;
		const dead = cases.filter((each) => isRuledOut(each, known)).map(({ outcome }) => outcome);
		const decided = { step, known, cases, dead: new Set(dead) };
		this.decided.set(step.id, decided);
		return decided;
	}

	private taught(decided: Decided | null, way: Way, known: Known): Known {
		const taken = decided?.cases.find(({ outcome }) => outcome === way.outcome);
		if (!taken) return known;
		let facts = this.factsByCase.get(taken);
		if (!facts) {
			facts = factsOf(taken.forms, way.from);
			this.factsByCase.set(taken, facts);
		}
		return withFacts(known, facts);
	}

	/** What is still known when a step is left, and what it brought about. */
	private after(step: DraftStep, known: Known): Known {
		if (step.isTrigger) return withFacts(known, factsOfEntry(step, this.analysis));
		const change = changeAt(step, this.analysis);
		if (!change) return known;
		return withFacts(this.keep(known, change), factsOfChange(step, this.analysis));
	}

	private keep(known: Known, change: Change): Known {
		if (!known.size) return known;
		const later = change.takesTime ? this.laterByKnown.get(known) : undefined;
		if (later) return later;
		const kept = new Map([...known].filter(([, fact]) => isKept(fact, change, this.analysis.segments)));
		const result = kept.size === known.size ? known : kept;
		if (change.takesTime) this.laterByKnown.set(known, result);
		return result;
	}

	/** Keeps of what was known at a step only what one more way into it tells too; true where that is less. */
	private learn(id: string, told: Known): boolean {
		const before = this.knownAt.get(id);
		if (before === told) return false;
		const both = before ? new Map([...before].filter(([name]) => told.has(name))) : told;
		if (before && both.size === before.size) return false;
		this.knownAt.set(id, both);
		return true;
	}
}

function withFacts(known: Known, facts: readonly Fact[]): Known {
	const fresh = facts.filter(({ name }) => !known.has(name)).slice(0, MOST_FACTS);
	if (!fresh.length) return known;
	const all = [...known.values(), ...fresh].slice(-MOST_FACTS);
	return new Map(all.map((fact) => [fact.name, fact]));
}

/** The facts that can have to do with a case: of what it looks at, or of what a choice among these looks at. */
export function factsAbout({ subjects }: Case, known: Known): Fact[] {
	const isAbout = (fact: Fact, what: ReadonlySet<string>) => fact.subjects.some((each) => what.has(each));
	const near = [...known.values()].filter((fact) => isAbout(fact, subjects));
	const choices = near.filter((fact) => fact.form.kind === 'choice').flatMap((fact) => fact.subjects);
	if (!choices.length) return near;
	const wider = new Set([...subjects, ...choices]);
	return [...known.values()].filter((fact) => isAbout(fact, wider));
}

function isRuledOut(each: Case, known: Known): boolean {
	const about = known.size ? factsAbout(each, known) : [];
	if (!about.length) {
		each.isImpossible ??= contradicts(each.forms);
		return each.isImpossible;
	}
	return contradicts([...about.map(({ form }) => form), ...each.forms]);
}

/**
 * The decisions that contacts can come to, with what is known of them there, and the ones that nothing leads to yet.
 * Behind a branch that nobody takes there is nothing to say. Conditions in `broken` tell nothing.
 */
export function decisionsOf(analysis: Analysis, broken: ReadonlySet<Where>): Decided[] {
	const knowledge = new Knowledge(analysis, broken);
	knowledge.run();
	const { graph, reached } = analysis;
	for (const step of graph.steps) if (!reached.has(step.id)) knowledge.decide(step, NOTHING);
	return [...knowledge.decided.values()];
}
