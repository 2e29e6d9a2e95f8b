/** A file comes by a form, which can't ask who is there: that is asked before. */
import { toast } from 'svelte-sonner';
import { api, problemOf, sentenceOf } from '$lib/ui/api.ts';

/** Whether the factors were shown lately, or are now; else it was said why not. */
export async function mayFetch(): Promise<boolean> {
	try {
		await api.account.fresh.query();
		return true;
	} catch (error) {
		// Whoever closed the dialog knows.
		if (problemOf(error)?.code !== 'auth.step-up') toast.error(sentenceOf(error));
		return false;
	}
}
