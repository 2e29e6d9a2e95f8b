import { sha256 } from '@noble/hashes/sha2.js';

const encoder = new TextEncoder();

/**
 * The branch of `decide.random`: SHA-256 of journey slug, NUL, step, NUL, contact; its first 8 bytes, big-endian, modulo
 * the sum of the weights. The same contact gets the same branch in every replay.
 */
export function branchByChance(
	branches: readonly { id: string; weight: number }[],
	journey: string,
	step: string,
	contact: string
): string {
	const digest = sha256(encoder.encode(`${journey}\0${step}\0${contact}`));
	const drawn = new DataView(digest.buffer, digest.byteOffset, 8).getBigUint64(0);
	let left = Number(drawn % BigInt(branches.reduce((sum, branch) => sum + branch.weight, 0)));
	for (const { id, weight } of branches) {
		if (left < weight) return id;
		left -= weight;
	}
	throw new Error('The weights of a random split sum up to nothing.');
}
