// Processes that work on one database, and are killed and replaced.
import { fork, type ChildProcess } from 'node:child_process';
import type { Chance } from './chance.ts';
import type { Place } from './house.ts';

export class Crew {
	/** Processes that ended though nobody killed them. */
	ended = 0;
	killed = 0;
	private readonly program: string;
	private readonly place: Place;
	private readonly children: ChildProcess[] = [];
	private readonly spared = new Set<ChildProcess>();

	constructor(program: string, place: Place) {
		this.program = program;
		this.place = place;
	}

	/** Starts `count` processes whose clocks go `aheadMs` before the others'. */
	async start(count: number, aheadMs = 0): Promise<void> {
		await Promise.all(Array.from({ length: count }, () => this.startOne(aheadMs)));
	}

	private startOne(aheadMs: number): Promise<void> {
		const child = fork(this.program, {
			execArgv: ['--disable-warning=ExperimentalWarning'],
			env: { ...process.env, ...this.place.env, TORTURE_AHEAD_MS: String(aheadMs) },
			stdio: ['ignore', 'ignore', 'inherit', 'ipc']
		});
		this.children.push(child);
		return new Promise((resolve) => {
			child.once('message', () => resolve());
			child.once('exit', () => {
				const at = this.children.indexOf(child);
				if (at >= 0) this.children.splice(at, 1);
				if (!this.spared.has(child)) this.ended++;
				resolve();
			});
		});
	}

	/** Kills one, whatever it is at, and has another take its place. */
	async killOne(chance: Chance): Promise<void> {
		const child = this.children[chance(0, this.children.length)];
		if (child) await this.end(child, 'SIGKILL');
		this.killed++;
		void this.startOne(0);
	}

	/** Lets all finish what they are at. */
	async stop(): Promise<void> {
		await Promise.all([...this.children].map((child) => this.end(child, 'SIGTERM')));
	}

	private end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
		this.spared.add(child);
		return new Promise((resolve) => {
			child.once('exit', () => resolve());
			child.kill(signal);
		});
	}
}
