/** What leaves about people beside mail, sealed with their keys: calls of other systems with their answers, and notes to the team. */
import type { KeyBatch } from '../seal/contact-keys.ts';
import { openJson, placesIn, sealJson, type SealingKey } from '../seal/sealed.ts';

const requests = placesIn('webhook_calls', 'request');
const answers = placesIn('webhook_calls', 'answer');
const notices = placesIn('notices', 'sealed');

/** What a step asks of another system. */
export interface SentRequest {
	url: string;
	method: string;
	headers: Record<string, string>;
	body: string | null;
}

interface Row {
	id: number;
	contact_id: number;
}

export function sealRequest(key: SealingKey, id: number, request: SentRequest): Buffer {
	return sealJson(key, requests(id), request);
}

export function openRequest(
	keys: KeyBatch,
	{ id, contact_id, request }: Row & { request: Buffer }
): SentRequest {
	return openJson(keys.get(contact_id), requests(id), request) as SentRequest;
}

export function sealAnswer(key: SealingKey, id: number, body: unknown): Buffer {
	return sealJson(key, answers(id), { body });
}

export function openAnswer(keys: KeyBatch, { id, contact_id, answer }: Row & { answer: Buffer }): unknown {
	return (openJson(keys.get(contact_id), answers(id), answer) as { body: unknown }).body;
}

/** The text of a note, which may hold values of the person. */
export function sealNotice(key: SealingKey, id: number, text: string): Buffer {
	return sealJson(key, notices(id), { text });
}

export function openNotice(keys: KeyBatch, { id, contact_id, sealed }: Row & { sealed: Buffer }): string {
	return (openJson(keys.get(contact_id), notices(id), sealed) as { text: string }).text;
}
