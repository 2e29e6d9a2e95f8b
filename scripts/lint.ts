// `npm run lint`: ESLint with the import rules, and dependency-cruiser for cycles.
import { runTool } from './tool.ts';

const failed = [
	runTool('eslint', ['.', '--max-warnings', '0']),
	runTool('depcruise', ['src', '--config', '.dependency-cruiser.cjs'])
].some((result) => result.status !== 0);
process.exit(failed ? 1 : 0);
