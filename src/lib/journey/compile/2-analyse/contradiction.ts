/** Whether forms contradict each other, so that they can't all be the case. "False" promises nothing. */
import type { Choice, Form, Literal } from './forms.ts';
import { isImpossible, type Test, type ValueType } from './values.ts';

/** So many comparisons are looked at for one answer: it is a warning, not a proof of life. */
const MOST_LOOKS = 20_000;

class Case {
	private readonly testsBySubject = new Map<string, { type: ValueType; tests: Test[] }>();
	private readonly open: Choice[] = [];
	private looks = MOST_LOOKS;
	isRefuted = false;

	constructor(forms: readonly Form[]) {
		const touched = this.add(forms);
		this.isRefuted = touched.some((subject) => this.isAgainst(subject, []));
		while (!this.isRefuted && this.decide());
	}

	private add(forms: readonly Form[]): string[] {
		const touched = new Set<string>();
		for (const form of forms) {
			if (form.kind === 'choice') {
				this.open.push(form);
				continue;
			}
			const known = this.testsBySubject.get(form.subject);
			if (known) known.tests.push(form);
			else this.testsBySubject.set(form.subject, { type: form.type, tests: [form] });
			touched.add(form.subject);
		}
		return [...touched];
	}

	/** Whether what is known of a subject leaves no room for some more tests of it. */
	private isAgainst(subject: string, more: readonly Literal[]): boolean {
		const known = this.testsBySubject.get(subject);
		const tests = [...(known?.tests ?? []), ...more];
		for (const { value } of tests) this.looks -= Array.isArray(value) ? value.length : 1;
		return this.looks > 0 && isImpossible(tests, known?.type ?? more[0]?.type ?? null);
	}

	/** Looks at every open choice once; true where that told something new. */
	private decide(): boolean {
		let isNew = false;
		for (const choice of this.open.splice(0)) {
			const left = this.optionsLeft(choice);
			if (left.length > 1) this.open.push(choice);
			else if (!left[0] || this.add(left[0]).some((subject) => this.isAgainst(subject, []))) {
				this.isRefuted = true;
				return false;
			} else isNew = true;
		}
		return isNew && this.looks > 0;
	}

	/** The options that nothing refutes; two are as good as all, for then nothing follows. */
	private optionsLeft({ options }: Choice): Form[][] {
		const left: Form[][] = [];
		for (const option of options) {
			if (left.length > 1) break;
			if (!this.isRefutedOption(option)) left.push(option);
		}
		return left;
	}

	private isRefutedOption(option: readonly Form[]): boolean {
		const bySubject = new Map<string, Literal[]>();
		for (const form of option) {
			if (form.kind === 'choice') {
				if (form.options.every((inner) => this.isRefutedOption(inner))) return true;
				continue;
			}
			const literals = bySubject.get(form.subject);
			if (literals) literals.push(form);
			else bySubject.set(form.subject, [form]);
		}
		return [...bySubject].some(([subject, literals]) => this.isAgainst(subject, literals));
	}
}

export function contradicts(forms: readonly Form[]): boolean {
	return new Case(forms).isRefuted;
}
