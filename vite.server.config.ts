// Bundles the process around SvelteKit's handler: `src/server.ts` to `build/server.js`. Packages stay outside, but for one.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
	resolve: { alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) } },
	// Drizzle as vite.config.ts has it.
	ssr: { noExternal: [/^\$lib/, /^drizzle-orm/] },
	build: {
		ssr: 'src/server.ts',
		outDir: 'build',
		emptyOutDir: false,
		copyPublicDir: false,
		target: 'node24',
		rolldownOptions: { output: { entryFileNames: 'server.js', chunkFileNames: 'server-[name]-[hash].js' } }
	}
});
