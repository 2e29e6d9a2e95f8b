/** Whether the keys at hand open what is in a database: tried on it before a restore commits, not on the day somebody needs it. */
import type { Tx } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';
import { takeKey, unwrapKey } from '../seal/aes-gcm.ts';
import { contextOfContact } from '../seal/contact-keys.ts';
import { contextOf } from '../seal/data-keys.ts';
import { isSealError } from '../seal/errors.ts';
import type { KeyProvider } from '../seal/key-provider.ts';
import { keyNamedIn, openBytes, placesIn, SealingKey } from '../seal/sealed.ts';
import { listOf, listTables, quoted, type Table } from './catalogue.ts';

export interface OpenCheck {
	dataKeys: number;
	/** Columns of which a row was opened: `contacts.sealed`. */
	opened: string[];
	/** Columns that look sealed, and of which no row opened. */
	shut: string[];
}

type KeyById = Map<number, SealingKey>;

/** Opens every data key, and one sealed row of each column. Throws a StartError when a data key stays shut. */
export async function checkKeys(tx: Tx, provider: KeyProvider): Promise<OpenCheck> {
	const dataKeyById = await openDataKeys(tx, provider);
	const check: OpenCheck = { dataKeys: dataKeyById.size, opened: [], shut: [] };
	for (const table of await listTables(tx))
		for (const { name, type } of table.columns) {
			if (type !== 'bytea') continue;
			const didOpen = await tryColumn(tx, table, name, dataKeyById);
			if (didOpen !== undefined) (didOpen ? check.opened : check.shut).push(`${table.name}.${name}`);
		}
	return check;
}

async function openDataKeys(tx: Tx, provider: KeyProvider): Promise<KeyById> {
	const { rows } = await tx.query<{ id: number; wrapped: Buffer; kek_id: string }>(
		'select id, wrapped, kek_id from data_keys order by id'
	);
	const keyById: KeyById = new Map();
	for (const { id, wrapped, kek_id: kek } of rows) {
		try {
			const raw = await provider.unwrap(kek, wrapped, contextOf(id));
			keyById.set(id, new SealingKey('data', id, takeKey(raw)));
		} catch (error) {
			if (!isSealError(error)) throw error;
			throw new StartError(
				`The keys don't fit: data key ${id} was wrapped by key ${kek} of the key ring, which is not among them. Without it nothing about people can be read.`,
				{ cause: error }
			);
		}
	}
	return keyById;
}

/** Whether a row of the column opens; undefined when there is none that looks sealed and whose key was not destroyed. */
async function tryColumn(
	tx: Tx,
	table: Table,
	column: string,
	keyById: KeyById
): Promise<boolean | undefined> {
	const row = await findSealed(tx, table, column);
	if (!row) return undefined;
	try {
		const named = keyNamedIn(row.sealed);
		const key = named.kind === 'data' ? keyById.get(named.id) : await openContactKey(tx, named.id, keyById);
		if (!key) return false;
		openBytes(key, placesIn(table.name, column)(row.place), row.sealed);
		return true;
	} catch (error) {
		if (isSealError(error)) return false;
		throw error;
	}
}

// Sealed bytes begin with version 1, a kind, and two zeros; other bytes of that length are hashes and marks, which are random.
const LOOKS_SEALED = (column: string) =>
	`length(${column}) >= 38 and substr(${column}, 1, 4) in ('\\x01010000', '\\x01020000')
	 and (get_byte(${column}, 1) = 2 or exists (select from contact_keys k where k.wrapped is not null
		and k.contact_id = ('x' || encode(substr(${column}, 3, 8), 'hex'))::bit(64)::bigint))`;

// A row's place is its primary key, without what only says which partition it is in.
async function findSealed(tx: Tx, table: Table, column: string) {
	const key = table.key.filter((name) => !table.partitionedBy.includes(name));
	if (key.length === 0) return undefined;
	const { rows } = await tx.query<{ sealed: Buffer; place: string }>(
		`select ${quoted(column)} as sealed, concat_ws('|', ${listOf(key)}) as place from ${quoted(table.name)}
		 where ${LOOKS_SEALED(quoted(column))} limit 1`
	);
	return rows[0];
}

async function openContactKey(tx: Tx, contactId: number, keyById: KeyById): Promise<SealingKey | undefined> {
	const { rows } = await tx.query<{ wrapped: Buffer; dek_id: number }>(
		'select wrapped, dek_id from contact_keys where contact_id = $1 and wrapped is not null',
		[contactId]
	);
	const [row] = rows;
	const dataKey = row && keyById.get(row.dek_id);
	if (!dataKey) return undefined;
	const raw = unwrapKey(dataKey.secret, contextOfContact(contactId), row.wrapped);
	return new SealingKey('contact', contactId, takeKey(raw));
}
