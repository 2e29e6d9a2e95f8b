/**
 * What of a person an actor may see: the one place where what is about people is masked, for every page, API, CSV, search,
 * error and live update. Values leave the store for an answer only through here, or through `show.ts`, which records it.
 */
import type { Read } from '$lib/journey/index.ts';
import { can, type Actor } from '../auth/permissions.ts';
import { labelOf } from '../ingest/attribute-type.ts';
import type { Contact } from './contact-store.ts';
import { MASK, uncover, type Covered } from './covered.ts';
import { isAboutPerson } from './payloads.ts';
import type { AttributeRow } from './registry.ts';

export { MASK };

export interface Identity {
	publicId: string;
	name: string | null;
	email: string | null;
	phone: string | null;
}

/** One attribute of a person, as far as it is seen. */
export interface SeenAttribute extends Omit<AttributeRow, 'definedAt' | 'retagging'> {
	/** False while it is in quarantine: it came in, and nobody said what it is. */
	defined: boolean;
	/** Whether `value` is less than what is kept. */
	masked: boolean;
	/** Whether the actor may see the whole of it, for a reason. */
	showable: boolean;
	value: unknown;
}

/** What `actor` may see. */
export function sightOf(actor: Actor): Sight {
	return new Sight({
		identifies: can(actor, 'contacts.identify'),
		shows: can(actor, 'contacts.show'),
		showsSensitive: can(actor, 'contacts.show-sensitive')
	});
}

export class Sight {
	/** Whether names and addresses are clear. */
	readonly identifies: boolean;
	private readonly shows: boolean;
	private readonly showsSensitive: boolean;

	constructor(may: { identifies: boolean; shows: boolean; showsSensitive: boolean }) {
		this.identifies = may.identifies;
		this.shows = may.shows;
		this.showsSensitive = may.showsSensitive;
	}

	/** Who a person is: as it is, or so far that two people can be told apart and no more. */
	identity(covered: Covered<Identity>): Identity {
		const { publicId, name, email, phone } = uncover(covered);
		if (this.identifies) return { publicId, name, email, phone };
		return {
			publicId: MASK,
			name: name === null ? null : maskWords(name),
			email: email === null ? null : maskAddress(email),
			phone: phone === null ? null : `${MASK}${phone.slice(-2)}`
		};
	}

	/** All attributes of a person, by label. One that nobody registered is in quarantine, and counts as health information. */
	attributes(
		covered: Covered<{ attributes: Record<string, unknown> }>,
		registry: readonly AttributeRow[]
	): SeenAttribute[] {
		const known = new Map(registry.map((attribute) => [attribute.key, attribute]));
		return Object.entries(uncover(covered).attributes)
			.map(([key, value]) => this.attribute(known.get(key) ?? unknownAttribute(key), value))
			.sort((a, b) => a.label.localeCompare(b.label, 'en') || (a.key < b.key ? -1 : 1));
	}

	/** Whether the actor may see the whole of such a value, once it gave a reason. */
	mayShow({ tag }: Pick<AttributeRow, 'tag'>): boolean {
		return tag === 'none' || (this.shows && (tag !== 'sensitive' || this.showsSensitive));
	}

	/**
	 * What decisions read, in the visits of one wake: whether it held, and the value where it says nothing about the person.
	 * An attribute is judged by its tag of then and by that of now.
	 */
	reads(
		covered: Covered<(Read[] | null)[] | null>,
		registry: readonly AttributeRow[]
	): (Read[] | null)[] | null {
		const plain = new Set(registry.flatMap(({ key, tag }) => (tag === 'none' ? `attribute:${key}` : [])));
		const isClear = (read: Read) =>
			!isAboutPerson(read) && (!read.what.startsWith('attribute:') || plain.has(read.what));
		const seen = (read: Read) => (isClear(read) ? read : { ...read, value: MASK });
		return uncover(covered)?.map((visit) => visit?.map(seen) ?? null) ?? null;
	}

	/** A mail's addresses, and its subject where names may be read: it can hold one. */
	mailHead<T extends { to: string; subject: string }>(mail: T): T {
		if (this.identifies) return mail;
		return { ...mail, to: mail.to.split(', ').map(maskAddress).join(', '), subject: MASK };
	}

	/** Who a message is previewed as. What the actor may not even ask for is dots, and what nobody defined is not there. */
	inMail(
		covered: Covered<Contact>,
		registry: readonly AttributeRow[]
	): Pick<Contact, 'name' | 'email' | 'phone' | 'timezone' | 'attributes'> {
		const { timezone, attributes } = uncover(covered);
		const { name, email, phone } = this.identity(covered);
		const defined = registry.filter(({ key, definedAt }) => definedAt && Object.hasOwn(attributes, key));
		const seen = defined.map(
			(attribute) => [attribute.key, this.mayShow(attribute) ? attributes[attribute.key] : MASK] as const
		);
		return { name, email, phone, timezone, attributes: Object.fromEntries(seen) };
	}

	private attribute({ definedAt, retagging: _, ...attribute }: AttributeRow, value: unknown): SeenAttribute {
		const defined = definedAt !== null;
		const seen = this.value(attribute, defined, value);
		return { ...attribute, defined, ...seen, showable: this.mayShow(attribute) };
	}

	/**
	 * A value as it is seen without asking for it. What says something about health is masked for everybody; a date or a
	 * place is a year, or nothing, to those who may never ask.
	 */
	private value(
		{ tag }: Pick<AttributeRow, 'tag'>,
		defined: boolean,
		value: unknown
	): Pick<SeenAttribute, 'masked' | 'value'> {
		if (defined && (tag === 'none' || (tag === 'limited' && this.shows))) return { masked: false, value };
		const isYearSeen = defined && tag === 'limited' && typeof value === 'string';
		const year = isYearSeen ? /^\d{4}(?=-\d{2}-\d{2})/.exec(value)?.[0] : undefined;
		return { masked: true, value: year ?? MASK };
	}
}

function unknownAttribute(key: string): AttributeRow {
	return {
		key,
		label: labelOf(key),
		type: 'text',
		tag: 'phi',
		sensitiveKind: null,
		definedAt: null,
		retagging: false
	};
}

function maskWords(name: string): string {
	return name
		.split(/\s+/)
		.filter((word) => word !== '')
		.map(maskWord)
		.join(' ');
}

function maskWord(word: string): string {
	return `${Array.from(word)[0] ?? ''}${MASK}`;
}

function maskAddress(email: string): string {
	const at = email.lastIndexOf('@');
	if (at < 0) return maskWord(email);
	const ending = /\.[^.]*$/.exec(email.slice(at))?.[0] ?? '';
	return `${maskWord(email.slice(0, at))}@${maskWord(email.slice(at + 1))}${ending}`;
}
