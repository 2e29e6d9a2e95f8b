/** `npm run keys`: what keys there are, and both outer layers changed while the product runs (`seal/rotation.ts`). */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { AuditJson } from '../audit/encode.ts';
import { recordAudit } from '../audit/record.ts';
import { inTransaction } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';
import { CURRENT_KNOWN_FOR_MS } from '../seal/data-keys.ts';
import type { LocalKeyRing } from '../seal/key-ring.ts';
import {
	beginDekRotation,
	continueDekRotation,
	isKekInUse,
	rotateKek,
	type DekOptions,
	type DekProgress
} from '../seal/rotation.ts';
import type { Vault } from '../seal/vault.ts';
import { byCommand } from './finish.ts';

export interface KeyTools {
	pool: pg.Pool;
	vault: Vault;
	ring: LocalKeyRing;
	/** Whether STEPWELL_KEYS holds the keys: then the ring can't be changed from here. */
	areGiven: boolean;
	/** The ids of all keys of the ring. */
	ringIds(): string[];
	/** Ms since 1970. */
	now(): number;
	say(line: string): void;
}

export interface KeyStatus {
	/** The outer key that wraps now. */
	current: string;
	dataKeys: {
		id: number;
		purpose: string;
		kek: string;
		state: 'current' | 'older' | 'retired';
		contacts: number;
	}[];
	shredded: number;
}

export async function findKeyStatus({ pool, ring }: Pick<KeyTools, 'pool' | 'ring'>): Promise<KeyStatus> {
	const { rows } = await pool.query<KeyStatus['dataKeys'][number]>(
		`select d.id, d.purpose, d.kek_id as kek, coalesce(k.contacts, 0)::int as contacts, case
			when d.retired_at is not null then 'retired'
			when d.id = max(d.id) filter (where d.retired_at is null) over (partition by d.purpose) then 'current'
			else 'older' end as state
		 from data_keys d left join (select dek_id, count(*) as contacts from contact_keys group by 1) k on k.dek_id = d.id
		 order by d.id`
	);
	const shredded = await pool.query<{ n: number }>(
		'select count(*)::int as n from contact_keys where shredded_at is not null'
	);
	return { current: await ring.currentKeyId(), dataKeys: rows, shredded: shredded.rows[0]?.n ?? 0 };
}

/** Changes the outer key: a new one is put first in the ring's file, and the data keys are wrapped with it. */
export async function changeOuterKey(tools: KeyTools): Promise<void> {
	const { vault, ring, areGiven, say } = tools;
	const before = await findKeyStatus(tools);
	const isHalfDone = before.dataKeys.some((key) => key.kek !== before.current);
	if (areGiven && !isHalfDone) throw new StartError(HOW_WITH_GIVEN);
	// A ring whose first key does not wrap everything yet is a change that was cut off: it is gone on with.
	if (!isHalfDone) ring.addKey();
	const { keyId, moved } = await rotateKek(vault);
	await record(tools, 'keys.rotate-kek', { key: keyId, moved });
	say(
		`${moved} data keys are under key ${keyId} now. The key before stays in the ring: backups made so far need it.`
	);
	say('Make a backup of the keys now: npm run backup -- --keys-only FILE');
}

const HOW_WITH_GIVEN = `The outer keys come from STEPWELL_KEYS. To change them:
  1. Make a key: openssl rand -base64 32
  2. Put it first in STEPWELL_KEYS under a new id, the others after it, and start the product again with that.
  3. With the same STEPWELL_KEYS run: npm run keys -- rotate-kek`;

/** Takes an outer key out of the ring for good, so that backups which need it open no more. */
export async function removeOuterKey(tools: KeyTools, id: string): Promise<void> {
	if (!tools.ringIds().includes(id)) throw new StartError(`There is no key ${id} in the ring.`);
	if (await isKekInUse(tools.vault, id))
		throw new StartError(`Key ${id} is in use. Run first: npm run keys -- rotate-kek`);
	tools.ring.removeKey(id);
	await record(tools, 'keys.remove-kek', { key: id });
	tools.say(
		`Key ${id} is destroyed. Backups from before its rotation can't be opened with this ring any more.`
	);
}

export interface WalkOptions extends DekOptions {
	/** Waits so many ms; the process's own unless a test gives one. */
	wait?(ms: number): Promise<unknown>;
}

const MARGIN_MS = 5000;
const MOST_WALKS = 3;
const TOLD_EVERY = 10_000;

/**
 * Changes the data key and moves every contact's key to it. One that was cut off is gone on with. At the end older keys are
 * retired; that must wait until every process has heard of the new one, so the walk is done again after a minute.
 */
export async function changeDataKey(tools: KeyTools, options: WalkOptions = {}): Promise<DekProgress> {
	const { vault, say } = tools;
	const { wait = sleep, settleMs = 2 * CURRENT_KNOWN_FOR_MS } = options;
	const waiting = (await findKeyStatus(tools)).dataKeys.some(isUnfinished);
	if (waiting) say('Going on with the change that was begun before.');
	else await record(tools, 'keys.rotate-data', { key: await beginDekRotation(vault) });
	let progress = await walk(tools, options);
	for (let walks = 1; progress.waiting.length > 0 && walks < MOST_WALKS; walks++) {
		say('Waiting a minute, until every process knows the new key …');
		await wait(settleMs + MARGIN_MS);
		const { moved } = progress;
		progress = await walk(tools, options);
		progress.moved += moved;
	}
	await record(tools, 'keys.rotate-data-end', detailsOf(progress));
	say(sentenceOn(progress));
	return progress;
}

function isUnfinished({ purpose, state }: KeyStatus['dataKeys'][number]): boolean {
	return purpose === 'seal' && state === 'older';
}

async function walk({ vault, say }: KeyTools, options: DekOptions): Promise<DekProgress> {
	let moved = 0;
	let unreadable = 0;
	for (let after: number | null = 0; ;) {
		const step: DekProgress = await continueDekRotation(vault, after, options);
		moved += step.moved;
		unreadable += step.unreadable;
		after = step.after;
		if (after === null) return { ...step, moved, unreadable };
		if (Math.floor(moved / TOLD_EVERY) > Math.floor((moved - step.moved) / TOLD_EVERY))
			say(`  ${moved} keys moved`);
	}
}

function detailsOf({ current, moved, unreadable, waiting }: DekProgress): Record<string, AuditJson> {
	return { key: current, moved, unreadable, waiting: waiting.length };
}

function sentenceOn({ current, moved, unreadable, waiting }: DekProgress): string {
	const done = `${moved} keys are under data key ${current} now.`;
	if (unreadable > 0)
		return `${done} ${unreadable} could not be read and stay under their older key: they were damaged before.`;
	return waiting.length === 0
		? `${done} The older keys are retired.`
		: `${done} Data key ${waiting.join(', ')} is still held; run this again later.`;
}

async function record(
	{ pool, now }: KeyTools,
	action: string,
	details: Record<string, AuditJson>
): Promise<void> {
	await inTransaction(pool, (tx) =>
		recordAudit(tx, [{ at: now(), actor: byCommand('keys'), action, details }])
	);
}
