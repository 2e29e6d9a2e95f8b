import { router } from '../trpc.ts';
import { addPasskeyProcedure } from './add-passkey.ts';
import { beginAuthenticator } from './begin-authenticator.ts';
import { beginPasskeyProcedure } from './begin-passkey.ts';
import { changePasswordProcedure } from './change-password.ts';
import { confirmAuthenticator } from './confirm-authenticator.ts';
import { fresh } from './fresh.ts';
import { get } from './get.ts';
import { removeAuthenticator } from './remove-authenticator.ts';
import { removePasskey } from './remove-passkey.ts';
import { renamePasskey } from './rename-passkey.ts';
import { renewRecoveryCodes } from './renew-recovery-codes.ts';
import { stepUp } from './step-up.ts';
import { waysToStepUp } from './ways-to-step-up.ts';

export const accountRouter = router({
	addPasskey: addPasskeyProcedure,
	beginAuthenticator,
	beginPasskey: beginPasskeyProcedure,
	changePassword: changePasswordProcedure,
	confirmAuthenticator,
	fresh,
	get,
	removeAuthenticator,
	removePasskey,
	renamePasskey,
	renewRecoveryCodes,
	stepUp,
	waysToStepUp
});
