/** The way out for calls: to the systems themselves or, in test mode, no farther than the page of what was caught. */
import type { App } from '../app.ts';
import { findMailSettings } from '../mail/settings.ts';
import type { SentRequest } from '../people/outgoing.ts';
import { callOnce, type CallResult } from './call.ts';
import { keepCall } from './caught-call.ts';
import { resolveByDns } from './place.ts';

export interface Call {
	id: number;
	contactId: number;
	versionId: number;
	step: string;
	/** The same at every try. */
	key: string;
	request: SentRequest;
}

export interface Caller {
	/** One try. Answers for whatever the other side does, and never throws for it. */
	call(call: Call): Promise<CallResult>;
}

/** Opens the way out that the settings say now: nothing leaves while no mail server is set. */
export async function openCaller(app: App): Promise<Caller> {
	if (!(await findMailSettings(app.pool))) return catchingCaller(app);
	const options = { hosts: app.webhookHosts ?? [], resolve: resolveByDns };
	return { call: ({ request, key }) => callOnce(request, key, options) };
}

/** Answers every call with 200 and nothing in it. */
function catchingCaller(app: App): Caller {
	return {
		async call(call) {
			await keepCall(app, call);
			return { outcome: 'answered', status: 200 };
		}
	};
}
