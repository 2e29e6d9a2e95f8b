/** The postgres engine of `npm run rehearse`. */
export { checkScenario, type Checked } from './check.ts';
export { rehearseInOwnDatabase } from './own-database.ts';
