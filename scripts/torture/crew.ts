// Processes that work on one database, and are killed and replaced.
import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRole } from '$lib/server/app.ts';
import type { Chance } from './chance.ts';
import type { Place } from './house.ts';

// As whoever keeps processes going would: one that finds no database is started again.
const AGAIN_MS = 500;

interface Member {
	role: ProcessRole;
	child: ChildProcess;
}

export class Crew {
	/** Processes that ended at their work though nobody killed them. */
	ended = 0;
	readonly killed = new Map<ProcessRole, number>();
	private readonly program: string;
	private readonly place: Place;
	private readonly members: Member[] = [];
	private readonly spared = new Set<ChildProcess>();
	private isStopping = false;

	constructor(program: string, place: Place) {
		this.program = program;
		this.place = place;
	}

	/** Starts one process for each role, whose clocks go `aheadMs` before the others'. Settles once all work. */
	async start(roles: readonly ProcessRole[], aheadMs = 0): Promise<void> {
		this.isStopping = false;
		await Promise.all(roles.map((role) => this.startOne(role, aheadMs)));
	}

	private async startOne(role: ProcessRole, aheadMs: number): Promise<void> {
		while (!this.isStopping && !(await this.tryStart(role, aheadMs))) await sleep(AGAIN_MS);
	}

	/** Whether it came to work, or was killed on its way there. */
	private tryStart(role: ProcessRole, aheadMs: number): Promise<boolean> {
		const child = fork(this.program, {
			execArgv: ['--disable-warning=ExperimentalWarning'],
			env: {
				...process.env,
				...this.place.env,
				TORTURE_ROLE: role,
				TORTURE_AHEAD_MS: String(aheadMs)
			},
			stdio: ['ignore', 'ignore', 'inherit', 'ipc']
		});
		const member = { role, child };
		this.members.push(member);
		return new Promise((resolve) => {
			let isAtWork = false;
			child.once('message', () => {
				isAtWork = true;
				resolve(true);
			});
			child.once('exit', () => {
				const at = this.members.indexOf(member);
				if (at >= 0) this.members.splice(at, 1);
				const isSpared = this.spared.has(child);
				if (isAtWork && !isSpared) this.ended++;
				resolve(isSpared);
			});
		});
	}

	/** Kills one, whatever it is at, and has another of its role take its place. */
	async killOne(chance: Chance): Promise<void> {
		const member = this.members[chance(0, this.members.length)];
		if (!member) return;
		await this.end(member.child, 'SIGKILL');
		this.killed.set(member.role, (this.killed.get(member.role) ?? 0) + 1);
		void this.startOne(member.role, 0);
	}

	/** Who was killed, such as `3 workers and 2 senders killed`. */
	describeKilled(): string {
		const each = [...this.killed].map(([role, count]) => `${count} ${role === 'all' ? 'processe' : role}s`);
		return `${each.toSorted().toReversed().join(' and ') || 'no process'} killed`;
	}

	/** Lets all finish what they are at. */
	async stop(): Promise<void> {
		this.isStopping = true;
		await Promise.all([...this.members].map(({ child }) => this.end(child, 'SIGTERM')));
	}

	private end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
		this.spared.add(child);
		return new Promise((resolve) => {
			child.once('exit', () => resolve());
			child.kill(signal);
		});
	}
}
