/** A message being edited: what it says now, what was saved, what is wrong with it. The looks are the components'. */
import { api, problemOf, sentenceOf } from '$lib/ui/api.ts';
import type { Problem } from '$lib/server/api/errors.ts';
import type { Block } from '$lib/server/mail/blocks.ts';
import type { Field } from '../liquid-marks.ts';
import type { PageData } from './$types';

export type BlockKind = Block['kind'];
/** A block with a name of its own for as long as it is edited, so that moving it keeps its element and focus. */
export interface EditedBlock {
	key: number;
	block: Block;
}

interface Draft {
	name: string;
	subject: string;
	preheader: string;
	blocks: Block[];
}
interface KeptDraft extends Draft {
	basedOn: number;
	keptAt: number;
}

export interface Preview {
	subject: string;
	html: string;
	text: string;
}

const fresh: Record<BlockKind, () => Block> = {
	heading: () => ({ kind: 'heading', text: '' }),
	text: () => ({ kind: 'text', text: '' }),
	button: () => ({ kind: 'button', label: '', url: 'https://' }),
	divider: () => ({ kind: 'divider' })
};

/** All places that a refusal names; they came as JSON of our own making. */
function placesOf(problem: Problem): { path: string; message: string }[] {
	const all = (problem.problems ?? []) as { path: string; message: string }[];
	return all.length > 0 ? all : [{ path: problem.path ?? '', message: problem.message }];
}

const PREVIEW_AFTER_MS = 250;

export class MessageEditor {
	readonly slug: string;
	readonly fields: readonly Field[];
	name = $state('');
	subject = $state('');
	preheader = $state('');
	blocks = $state<EditedBlock[]>([]);

	/** The newest version that this edit knows of. */
	number = $state(0);
	savedAt = $state(0);
	/** Who saved it; null after a save of one's own. */
	savedBy = $state<string | null>(null);
	saving = $state(false);
	/** Somebody else saved meanwhile; saving again would go over theirs. */
	stale = $state(false);
	/** When the changes were kept that came back from an earlier visit (ms); null when nothing came back. */
	restoredAt = $state<number | null>(null);

	/** What is wrong, and where: `/subject`, `/blocks/2/text`. */
	problems = $state.raw<readonly { path: string; message: string }[]>([]);
	preview = $state.raw<Preview | null>(null);
	previewing = $state(false);
	/** Whose eyes the preview has; null for a made-up person's. */
	seenAs = $state.raw<{ id: string; name: string } | null>(null);
	marketing = $state(false);
	/** Why there is no preview, when it is no fault of the message. */
	unreachable = $state<string | null>(null);

	#saved = $state('');
	#nextKey = 0;
	#previewRun = 0;
	#previewTimer: ReturnType<typeof setTimeout> | undefined;
	readonly #storageKey: string;

	constructor({ message, fields }: Pick<PageData, 'message' | 'fields'>) {
		this.slug = message.slug;
		this.fields = fields;
		this.#storageKey = `stepwell.message.${message.slug}`;
		this.marketing = message.uses.some(({ purpose }) => purpose === 'marketing');
		this.#take(message);
		this.number = message.number;
		this.savedAt = message.savedAt;
		this.savedBy = message.savedBy;
		this.#saved = this.#asText();
	}

	get changed(): boolean {
		return this.#asText() !== this.#saved;
	}

	add(kind: BlockKind, at: number): EditedBlock {
		const added = this.#edited(fresh[kind]());
		this.blocks.splice(at, 0, added);
		return added;
	}

	duplicate(index: number): void {
		const source = this.blocks[index];
		if (source) this.blocks.splice(index + 1, 0, this.#edited($state.snapshot(source.block) as Block));
	}

	/** Moves a block by `by` places; nothing happens at an end. */
	move(index: number, by: -1 | 1): void {
		const target = index + by;
		const [moved] = target >= 0 && target < this.blocks.length ? this.blocks.splice(index, 1) : [];
		if (moved) this.blocks.splice(target, 0, moved);
	}

	/** Takes a block out; the answer puts it back. */
	remove(index: number): () => void {
		const [removed] = this.blocks.splice(index, 1);
		return () => {
			if (removed) this.blocks.splice(Math.min(index, this.blocks.length), 0, removed);
		};
	}

	/** What is wrong with a part of the block at `index`. */
	problemAt(index: number, part: string): string | null {
		return this.problemOf(`/blocks/${index}/${part}`);
	}

	/** What is wrong at `path`, such as `/subject`. */
	problemOf(path: string): string | null {
		return this.problems.find((problem) => problem.path === path)?.message ?? null;
	}

	/** Saves as the next version. True when it is saved. */
	async save(): Promise<boolean> {
		this.saving = true;
		const draft = this.#draft();
		try {
			const saved = await api.templates.save.mutate({ slug: this.slug, basedOn: this.number, ...draft });
			this.number = saved.number;
			this.savedAt = saved.savedAt;
			this.savedBy = null;
			this.#saved = JSON.stringify(draft);
			this.problems = [];
			this.stale = false;
			this.restoredAt = null;
			this.#forget();
			return true;
		} catch (error) {
			const problem = problemOf(error);
			if (problem?.code === 'draft.stale') this.stale = true;
			else if (problem?.path) this.problems = placesOf(problem);
			else throw new Error(sentenceOf(error), { cause: error });
			return false;
		} finally {
			this.saving = false;
		}
	}

	/** Goes on from the version that somebody else saved, with what is written here, and saves. */
	async saveOverTheirs(): Promise<boolean> {
		const { number } = await api.templates.get.query({ slug: this.slug });
		this.number = number;
		return this.save();
	}

	/** Throws away what was changed since the last save. */
	revert(): void {
		this.#take(JSON.parse(this.#saved) as Draft);
		this.restoredAt = null;
		this.#forget();
	}

	async sendTest() {
		return api.templates.testSend.mutate({ ...this.#content(), ...this.#as() });
	}

	/** Keeps the changes in this browser, so that a closed tab loses nothing. There is no patient's data in a template. */
	keep(): void {
		if (!this.changed) return this.#forget();
		const kept: KeptDraft = { ...this.#draft(), basedOn: this.number, keptAt: Date.now() };
		localStorage.setItem(this.#storageKey, JSON.stringify(kept));
	}

	/** Brings back what an earlier visit left unsaved. */
	restore(): void {
		const stored = localStorage.getItem(this.#storageKey);
		if (stored === null) return;
		const kept = JSON.parse(stored) as KeptDraft;
		this.#take(kept);
		this.restoredAt = this.changed ? kept.keptAt : null;
		// Written on top of an older version than there is now: the save must ask.
		if (this.changed) this.number = kept.basedOn;
	}

	/** Asks for the preview shortly, after the last of several changes. */
	schedulePreview(): void {
		clearTimeout(this.#previewTimer);
		this.#previewTimer = setTimeout(() => void this.#loadPreview(), this.preview ? PREVIEW_AFTER_MS : 0);
	}

	/** All that the preview depends on; read by the effect that schedules it. */
	get previewInput(): string {
		return JSON.stringify([this.#content(), this.#as()]);
	}

	async #loadPreview(): Promise<void> {
		const run = ++this.#previewRun;
		this.previewing = true;
		try {
			const preview = await api.templates.preview.mutate({ ...this.#content(), ...this.#as() });
			if (run !== this.#previewRun) return;
			this.preview = preview;
			this.problems = [];
			this.unreachable = null;
		} catch (error) {
			if (run !== this.#previewRun) return;
			const problem = problemOf(error);
			if (problem?.path) this.problems = placesOf(problem);
			this.unreachable = problem?.path ? null : sentenceOf(error);
		} finally {
			if (run === this.#previewRun) this.previewing = false;
		}
	}

	#as() {
		return { marketing: this.marketing, ...(this.seenAs ? { contact: this.seenAs.id } : {}) };
	}

	#content() {
		const { subject, preheader, blocks } = this.#draft();
		return { subject, preheader, blocks };
	}

	#draft(): Draft {
		return {
			name: this.name,
			subject: this.subject,
			preheader: this.preheader,
			blocks: this.blocks.map(({ block }) => $state.snapshot(block) as Block)
		};
	}

	#take({ name, subject, preheader, blocks }: Draft): void {
		this.name = name;
		this.subject = subject;
		this.preheader = preheader;
		this.blocks = blocks.map((block) => this.#edited(block));
	}

	#edited(block: Block): EditedBlock {
		return { key: this.#nextKey++, block };
	}

	#asText(): string {
		return JSON.stringify(this.#draft());
	}

	#forget(): void {
		localStorage.removeItem(this.#storageKey);
	}
}
