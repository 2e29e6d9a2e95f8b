import { router } from '../trpc.ts';
import { createProcedure } from './create.ts';
import { fieldsProcedure } from './fields.ts';
import { getProcedure } from './get.ts';
import { getTextProcedure } from './get-text.ts';
import { listProcedure } from './list.ts';
import { previewPeopleProcedure } from './preview-people.ts';
import { previewProcedure } from './preview.ts';
import { saveTextProcedure } from './save-text.ts';
import { saveProcedure } from './save.ts';
import { testSendProcedure } from './test-send.ts';

export const templatesRouter = router({
	list: listProcedure,
	get: getProcedure,
	getText: getTextProcedure,
	create: createProcedure,
	save: saveProcedure,
	saveText: saveTextProcedure,
	preview: previewProcedure,
	previewPeople: previewPeopleProcedure,
	fields: fieldsProcedure,
	testSend: testSendProcedure
});
