// `npm run format`: writes every file in the house's form; `-- --check` only looks.
import { runTool } from './tool.ts';

const check = process.argv.includes('--check');
process.exit(runTool('prettier', [check ? '--check' : '--write', '.', '--log-level', 'warn']).status);
