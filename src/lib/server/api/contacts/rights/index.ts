import { router } from '../../trpc.ts';
import { discloseProcedure } from './disclose.ts';
import { disclosuresProcedure } from './disclosures.ts';
import { endRestrictionProcedure } from './end-restriction.ts';
import { eraseProcedure } from './erase.ts';
import { erasedProcedure } from './erased.ts';
import { exportProcedure } from './export.ts';
import { getProcedure } from './get.ts';
import { liftHoldProcedure } from './lift-hold.ts';
import { placeHoldProcedure } from './place-hold.ts';
import { restrictProcedure } from './restrict.ts';

export const rightsRouter = router({
	get: getProcedure,
	export: exportProcedure,
	placeHold: placeHoldProcedure,
	liftHold: liftHoldProcedure,
	restrict: restrictProcedure,
	endRestriction: endRestrictionProcedure,
	disclose: discloseProcedure,
	disclosures: disclosuresProcedure,
	erase: eraseProcedure,
	erased: erasedProcedure
});
