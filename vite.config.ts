import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

export default defineConfig({
	plugins: [tailwindcss(), sveltekit()],
	// Imported module by module drizzle took memory that Node did not give back: a worker had 250 MB, and has 130 this way.
	ssr: { noExternal: [/^drizzle-orm/] }
});
