/** Where a call waits while whoever sits there shows once more that it is them. A dialog of the page answers. */
export class StepUp {
	/** Whether somebody is being asked. */
	asking = $state(false);
	#answer: ((shown: boolean) => void) | null = null;
	#asked: Promise<boolean> | null = null;
	#dialogs = 0;

	/** Whether it was shown. Calls that need it at the same moment ask once; where no dialog is, nobody can be asked. */
	ask(): Promise<boolean> {
		if (this.#dialogs === 0) return Promise.resolve(false);
		this.#asked ??= new Promise((done) => {
			this.#answer = done;
			this.asking = true;
		});
		return this.#asked;
	}

	/** Tells every call that waits. */
	answer(shown: boolean): void {
		this.asking = false;
		this.#answer?.(shown);
		this.#answer = null;
		this.#asked = null;
	}

	/** Called by the dialog that can ask; gives what it calls when it goes. */
	mount(): () => void {
		this.#dialogs++;
		return () => {
			this.#dialogs--;
			this.answer(false);
		};
	}
}

export const stepUp = new StepUp();
