/** The API triggers of published journeys, by name. Published plans never change, so each is read once. */
import type { App } from '../app.ts';
import { isConnectionError } from '../db/connection-error.ts';

interface LiveTrigger {
	name: string;
	/** JSON Schema, if the trigger declares one. */
	payload?: unknown;
}

export class TriggerBook {
	private readonly app: App;
	private triggersByVersion = new Map<number, LiveTrigger[]>();
	private running: Promise<LiveTrigger[]> | undefined;
	private last: LiveTrigger[] | undefined;

	constructor(app: App) {
		this.app = app;
	}

	/**
	 * The triggers of this name in live and paused journeys (a paused one keeps events, and admits nobody). Undefined while
	 * PostgreSQL is away and none of that name is remembered: then nobody knows.
	 */
	async find(name: string): Promise<LiveTrigger[] | undefined> {
		try {
			this.running ??= this.load().finally(() => (this.running = undefined));
			this.last = await this.running;
		} catch (error) {
			if (!isConnectionError(error)) throw error;
			const remembered = this.last?.filter((trigger) => trigger.name === name) ?? [];
			return remembered.length > 0 ? remembered : undefined;
		}
		return this.last.filter((trigger) => trigger.name === name);
	}

	private async load(): Promise<LiveTrigger[]> {
		const { rows } = await this.app.pool.query<{ id: number }>(
			`select live_version_id as id from journeys where state in ('live', 'paused') and live_version_id is not null`
		);
		const ids = rows.map((row) => row.id);
		const unread = ids.filter((id) => !this.triggersByVersion.has(id));
		if (unread.length > 0) await this.read(unread);
		return ids.flatMap((id) => this.triggersByVersion.get(id) ?? []);
	}

	private async read(versionIds: number[]): Promise<void> {
		const { rows } = await this.app.pool.query<{ id: number; triggers: LiveTrigger[] }>(
			`select id, jsonb_path_query_array(
				plan, '$.triggers[*] ? (@.kind == "trigger.api" && @.disabled == false).config'
			) as triggers
			from journey_versions where id = any($1::int[])`,
			[versionIds]
		);
		for (const { id, triggers } of rows) this.triggersByVersion.set(id, triggers);
	}
}

const bookByApp = new WeakMap<App, TriggerBook>();

export function triggersOf(app: App): TriggerBook {
	const book = bookByApp.get(app) ?? new TriggerBook(app);
	bookByApp.set(app, book);
	return book;
}
