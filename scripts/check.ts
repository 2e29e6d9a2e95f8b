// `npm run check`: types, in TypeScript and in Svelte.
import { runTool } from './tool.ts';

runTool('svelte-kit', ['sync']);
process.exit(runTool('svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings']).status);
