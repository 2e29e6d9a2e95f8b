/** What is being done about a task: one thing at a time, told in a sentence, and the list read anew after it. */
import { tick } from 'svelte';
import { toast } from 'svelte-sonner';
import { invalidateAll } from '$app/navigation';
import { problemOf, sentenceOf } from '$lib/ui/api.ts';

export class Acts {
	/** Which of the buttons was pressed; null while none is. */
	busy = $state<string | null>(null);

	/** Whether it was done. Where somebody else was first, the list is read anew too. */
	async run(name: string, work: () => Promise<unknown>, done: string): Promise<boolean> {
		this.busy = name;
		try {
			await work();
			toast.success(done);
			await this.#readAnew();
			return true;
		} catch (error) {
			toast.error(sentenceOf(error));
			if (problemOf(error)?.code === 'task.over') await this.#readAnew();
			return false;
		} finally {
			this.busy = null;
		}
	}

	// The button that had the focus went with its task.
	async #readAnew(): Promise<void> {
		await invalidateAll();
		await tick();
		if (document.activeElement === document.body) document.getElementById('tasks')?.focus();
	}
}
