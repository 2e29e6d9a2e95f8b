import { router } from '../trpc.ts';
import { archiveProcedure } from './archive.ts';
import { byHandProcedure } from './by-hand.ts';
import { createProcedure } from './create.ts';
import { getProcedure } from './get.ts';
import { listProcedure } from './list.ts';
import { pauseProcedure } from './pause.ts';
import { previewMoveProcedure } from './preview-move.ts';
import { publishProcedure } from './publish.ts';
import { resumeProcedure } from './resume.ts';
import { saveDraftProcedure } from './save-draft.ts';
import { workspaceProcedure } from './workspace.ts';

export const journeysRouter = router({
	list: listProcedure,
	byHand: byHandProcedure,
	get: getProcedure,
	create: createProcedure,
	saveDraft: saveDraftProcedure,
	previewMove: previewMoveProcedure,
	publish: publishProcedure,
	pause: pauseProcedure,
	resume: resumeProcedure,
	archive: archiveProcedure,
	workspace: workspaceProcedure
});
