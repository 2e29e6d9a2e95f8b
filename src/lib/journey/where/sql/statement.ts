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
	/** The zones that contacts have; one that is not named counts as the workspace's. */
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

export class Statement {
	readonly values: unknown[] = [];
	readonly context: SqlContext;
	private readonly zones: string[];
	private readonly home: string;
	private readonly columns: { name: string; list: string }[] = [];
	private readonly known = new Map<string, string>();
	private hasOffsets = false;

	constructor(context: SqlContext) {
		this.context = context;
		this.home = firstZone(context.workspaceTimezone);
		this.zones = [...new Set([this.home, ...context.zones.filter(isZone)])];
	}

	/** A value as a bind parameter. */
	bind(value: unknown, cast: Cast): string {
		this.values.push(value);
		return `$${this.values.length}::${cast}`;
	}

	/** A value that is worked out for each zone in the language's own arithmetic. */
	perZone(valueOf: (zone: string) => number, cast: 'integer' | 'bigint'): string {
		return this.zoneColumn(this.zones.map(valueOf), `${cast}[]`);
	}

	/** An instant for each zone. */
	instantPerZone(instantOf: (zone: string) => number): string {
		return this.zoneColumn(
			this.zones.map((zone) => new Date(instantOf(zone))),
			'timestamptz[]'
		);
	}

	private zoneColumn(values: unknown[], cast: Cast): string {
		const key = JSON.stringify([cast, values]);
		let name = this.known.get(key);
		if (name === undefined) {
			name = `bound_${this.columns.length + 1}`;
			this.known.set(key, name);
			this.columns.push({ name, list: this.bind(values, cast) });
		}
		return `z.${name}`;
	}

	/** The two columns of the zone's clock changes, for what no bound can say. */
	offsets(): string {
		this.hasOffsets = true;
		return 'z.starts, z.offsets';
	}

	/** The statement that selects `what` of the contacts for whom `condition` holds. */
	select(what: string, condition: string): SqlStatement {
		const needsZones = this.columns.length > 0 || this.hasOffsets;
		const from = needsZones ? `contacts c join zones z on z.zone = ${this.zoneOfContact()}` : 'contacts c';
		const text = `${needsZones ? `${this.zonesTable()}\n` : ''}select ${what} from ${from}\nwhere ${condition}`;
		return withoutUnused(text, this.values);
	}

	private zoneOfContact(): string {
		return `case when c.timezone = any(${this.bind(this.zones, 'text[]')}) then c.timezone else ${this.bind(this.home, 'text')} end`;
	}

	private zonesTable(): string {
		const lists = [this.bind(this.zones, 'text[]'), ...this.columns.map((column) => column.list)];
		const names = ['zone', ...this.columns.map((column) => column.name)];
		const selected = names.map((name) => `i.${name}`);
		if (this.hasOffsets) {
			// An array of arrays of different lengths is none, so each list travels as its text.
			const tables = this.zones.map(offsetTable);
			lists.push(
				this.bind(
					tables.map(({ starts }) => `{${starts.join()}}`),
					'text[]'
				)
			);
			lists.push(
				this.bind(
					tables.map(({ offsets }) => `{${offsets.join()}}`),
					'text[]'
				)
			);
			names.push('starts', 'offsets');
			selected.push('i.starts::bigint[] as starts', 'i.offsets::integer[] as offsets');
		}
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
