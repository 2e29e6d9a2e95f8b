/** Light, dark, or as the system has it. The script in app.html applies the kept choice before the first paint. */
export type ThemeChoice = 'light' | 'dark' | 'system';

const key = 'stepwell.theme';

class Theme {
	choice = $state<ThemeChoice>('system');
	/** Rises when the system's own scheme changes, so that `shown` is read anew. */
	#system = $state<'light' | 'dark'>('light');

	get shown(): 'light' | 'dark' {
		return this.choice === 'system' ? this.#system : this.choice;
	}

	/** Reads the kept choice and follows the system's; returns how to stop following. Browser only. */
	start(): () => void {
		const kept = localStorage.getItem(key);
		this.choice = kept === 'light' || kept === 'dark' ? kept : 'system';
		const query = matchMedia('(prefers-color-scheme: dark)');
		const follow = () => {
			this.#system = query.matches ? 'dark' : 'light';
			this.#apply();
		};
		follow();
		query.addEventListener('change', follow);
		return () => query.removeEventListener('change', follow);
	}

	choose(choice: ThemeChoice): void {
		this.choice = choice;
		if (choice === 'system') localStorage.removeItem(key);
		else localStorage.setItem(key, choice);
		this.#apply();
	}

	#apply(): void {
		document.documentElement.dataset.theme = this.shown;
	}
}

export const theme = new Theme();
