// Plays the scenes by name, one after the other, and says what came of each in a line.
import { House } from './house.ts';
import type { Scene, Stage } from './scene.ts';
import { clockChanges } from './scenes/clock-changes.ts';
import { fiveJourneys, equalEvents, oneTemplate, severalWorkers } from './scenes/crowds.ts';
import { killedPostgres, killedProcesses } from './scenes/killed.ts';
import { lostWakeUps } from './scenes/lost-wake-ups.ts';
import { paused } from './scenes/paused.ts';
import { poison } from './scenes/poison.ts';
import { removedStep } from './scenes/removed-step.ts';

const scenes: Scene[] = [
	killedProcesses,
	killedPostgres,
	severalWorkers,
	equalEvents,
	paused,
	oneTemplate,
	lostWakeUps,
	fiveJourneys,
	removedStep,
	clockChanges,
	poison
];

/** Plays the scenes named, or all; `program` is the bundle of a process. Returns whether all went well. */
export async function main(names: string[], program: string): Promise<boolean> {
	const unknown = names.filter((name) => !scenes.some((scene) => scene.name === name));
	if (unknown.length)
		throw new Error(
			`No scene is named ${unknown.join(', ')}. There are: ${scenes.map(({ name }) => name).join(', ')}`
		);
	const house = await House.open();
	try {
		let isWell = true;
		for (const scene of scenes.filter(({ name }) => !names.length || names.includes(name)))
			isWell = (await play(scene, { house, program, size })) && isWell;
		return isWell;
	} finally {
		await house.close();
	}
}

function size(name: string, usual: number): number {
	return Number(process.env[name] ?? usual);
}

async function play(scene: Scene, stage: Stage): Promise<boolean> {
	const from = performance.now();
	const { figures, problems } = await scene
		.play(stage)
		.catch((error: Error) => ({ figures: 'broken off', problems: [error.stack ?? error.message] }));
	const seconds = ((performance.now() - from) / 1000).toFixed(0);
	console.log(`${problems.length ? 'FAILED' : 'ok    '} ${scene.name.padEnd(17)} ${figures} (${seconds} s)`);
	for (const problem of problems) console.log(`       ${problem}`);
	return problems.length === 0;
}
