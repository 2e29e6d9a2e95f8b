/**
 * The way out for text messages. A gateway of some company's is not built yet: in test mode texts are caught, and once mail
 * leaves, a text has nowhere to go and fails. Publishing says so before (`engine-limits.ts`).
 */
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';
import type { HandOver } from './hand-over.ts';
import { keepCaught } from './keep-caught.ts';
import { findMailSettings } from './settings.ts';

export interface OutgoingText {
	messageId: number;
	contactId: number;
	/** Of the journey it comes from. */
	versionId: number;
	/** The phone's number. */
	to: string;
	/** Who sends it, for the eye. */
	fromName: string;
	body: string;
}

export interface TextTransport {
	/** One attempt. Never throws for what a gateway does. */
	send(text: OutgoingText): Promise<HandOver>;
}

/** Whether texts have somewhere to go as the settings are now. */
export async function carriesTexts(db: Db): Promise<boolean> {
	return (await findMailSettings(db)) === undefined;
}

/** Opens the way out that the settings say now. */
export async function openTextTransport(app: App): Promise<TextTransport> {
	return (await carriesTexts(app.pool)) ? catchingTransport(app) : nowhere;
}

function catchingTransport(app: App): TextTransport {
	return {
		async send({ messageId, contactId, versionId, to, fromName, body }) {
			await keepCaught(app, {
				channel: 'text',
				contactId,
				versionId,
				messageId,
				head: { from: fromName, to: [to], subject: 'Text message' },
				raw: Buffer.from(body)
			});
			return { outcome: 'sent', response: 'caught' };
		}
	};
}

const nowhere: TextTransport = {
	send: () => Promise.resolve({ outcome: 'failed', reason: 'no-text-service', response: 'no text service' })
};
