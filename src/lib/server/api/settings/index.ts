import { router } from '../trpc.ts';
import { checkMail } from './check-mail.ts';
import { get } from './get.ts';
import { removeMail } from './remove-mail.ts';
import { saveBreaker } from './save-breaker.ts';
import { saveMail } from './save-mail.ts';
import { saveWorkspace } from './save-workspace.ts';
import { status } from './status.ts';

export const settingsRouter = router({
	checkMail,
	get,
	removeMail,
	saveBreaker,
	saveMail,
	saveWorkspace,
	status
});
