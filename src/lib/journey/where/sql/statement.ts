/** Puts one statement together: what is a value becomes a parameter, what hangs on the contact's zone a column of `zones`. */
import type { Where } from '../../document.ts';
import type { AttributeType } from '../../world.ts';
import { firstZone, isZone } from '../../zone.ts';
import { offsetTable } from '../offsets.ts';

/** What a condition is asked against, beside the database's people. */
export interface SqlContext {
	/** Ms since 1970. */
	now: number;
	attributeTypes: Readonly<Record<string, AttributeType>>;
	/** The condition of each segment; null for one that is kept by hand. */
	segments: Readonly<Record<string, Where | null>>;
	workspaceTimezone: string;
	/** Of the journey whose condition it is: it comes before the workspace's, but not in segments, which are of no journey. */
	journeyTimezone?: string;
	/** The zones that contacts have; a contact whose zone is not named counts as one without. */
	zones: readonly string[];
}

export interface SqlStatement {
	text: string;
	values: unknown[];
}

type Cast =
	| 'text'
	| 'text[]'
	| 'float8'
	| 'float8[]'
	| 'integer'
	| 'integer[]'
	| 'bigint'
	| 'bigint[]'
	| 'boolean'
	| 'jsonb'
	| 'timestamptz'
	| 'timestamptz[]';

/** Stands for the zone of contacts who have none. */
const NO_ZONE = '';

export class Statement {
	readonly values: unknown[] = [];
	readonly context: SqlContext;
	/** The zone of contacts who have none. */
	private home: string;
	private readonly zones: string[];
	private readonly columns: { name: string; list: string; cast: string }[] = [];
	private readonly known = new Map<string, string>();

	constructor(context: SqlContext) {
		this.context = context;
		this.home = firstZone(context.journeyTimezone, context.workspaceTimezone);
		this.zones = [NO_ZONE, ...new Set(context.zones.filter(isZone))];
	}

	/** What `work` makes of a segment's condition: there, contacts without a zone are in the workspace's. */
	inSegment<T>(work: () => T): T {
		const home = this.home;
		this.home = firstZone(this.context.workspaceTimezone);
		const made = work();
		this.home = home;
		return made;
	}

	/** A value as a bind parameter. */
	bind(value: unknown, cast: Cast): string {
		this.values.push(value);
		return `$${this.values.length}::${cast}`;
	}

	/** A value that is worked out for each zone in the language's own arithmetic. */
	perZone(valueOf: (zone: string) => number, cast: 'integer' | 'bigint'): string {
		return this.zoneColumn(valueOf, `${cast}[]`);
	}

	/** An instant for each zone. */
	instantPerZone(instantOf: (zone: string) => number): string {
		return this.zoneColumn((zone) => new Date(instantOf(zone)), 'timestamptz[]');
	}

	/** The two columns of the zone's clock changes, for what no bound can say. */
	offsets(): string {
		// An array of arrays of different lengths is none, so each list travels as its text.
		const starts = this.zoneColumn((zone) => `{${offsetTable(zone).starts.join()}}`, 'text[]', '::bigint[]');
		const offsets = this.zoneColumn(
			(zone) => `{${offsetTable(zone).offsets.join()}}`,
			'text[]',
			'::integer[]'
		);
		return `${starts}, ${offsets}`;
	}

	private zoneColumn(valueOf: (zone: string) => unknown, listCast: Cast, cast = ''): string {
		const values = this.zones.map((zone) => valueOf(zone === NO_ZONE ? this.home : zone));
		const key = JSON.stringify([listCast, cast, values]);
		let name = this.known.get(key);
		if (name === undefined) {
			name = `column_${this.columns.length + 1}`;
			this.known.set(key, name);
			this.columns.push({ name, list: this.bind(values, listCast), cast });
		}
		return `z.${name}`;
	}

	/** The statement that selects `what` of the contacts for whom `condition` holds. */
	select(what: string, condition: string): SqlStatement {
		const text = this.columns.length
			? `${this.zonesTable()}\nselect ${what} from contacts c join zones z on z.zone = ${this.zoneOfContact()}\nwhere ${condition}`
			: `select ${what} from contacts c\nwhere ${condition}`;
		return withoutUnused(text, this.values);
	}

	private zoneOfContact(): string {
		return `case when c.timezone = any(${this.bind(this.zones, 'text[]')}) then c.timezone else ${this.bind(NO_ZONE, 'text')} end`;
	}

	private zonesTable(): string {
		const columns = [{ name: 'zone', list: this.bind(this.zones, 'text[]'), cast: '' }, ...this.columns];
		const selected = columns.map(({ name, cast }) => `i.${name}${cast} as ${name}`);
		const lists = columns.map(({ list }) => list);
		const names = columns.map(({ name }) => name);
		return `with zones as materialized (select ${selected.join(', ')} from unnest(${lists.join(', ')}) as i (${names.join(', ')}))`;
	}
}

/** A part that can never hold leaves its values behind, and PostgreSQL refuses a parameter that nothing uses. */
function withoutUnused(text: string, values: readonly unknown[]): SqlStatement {
	const used: unknown[] = [];
	const numberOf = new Map<string, number>();
	const renumbered = text.replace(/\$(\d+)/g, (_, old: string) => {
		let number = numberOf.get(old);
		if (number === undefined) {
			number = used.push(values[Number(old) - 1]);
			numberOf.set(old, number);
		}
		return `$${number}`;
	});
	return { text: renumbered, values: used };
}

/** A condition of SQL that is true or false, never null. */
export function sure(condition: string): string {
	return `coalesce(${condition}, false)`;
}

export const TRUE = 'true';
export const FALSE = 'false';
