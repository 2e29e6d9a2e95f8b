/** What is being done to the team: one thing at a time, told in a sentence, and the list read anew after it. */
import { toast } from 'svelte-sonner';
import { invalidateAll } from '$app/navigation';
import { sentenceOf } from '$lib/ui/api.ts';

export class Acts {
	busy = $state(false);

	/** Whether it was done. The list is read anew either way: somebody else may have been first. */
	async run(work: () => Promise<unknown>, done: string): Promise<boolean> {
		this.busy = true;
		try {
			await work();
			toast.success(done);
			return true;
		} catch (error) {
			toast.error(sentenceOf(error));
			return false;
		} finally {
			this.busy = false;
			await invalidateAll();
		}
	}
}
