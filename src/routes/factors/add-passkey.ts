/** Adding a passkey of this browser to one's account. */
import { api, sentenceOf } from '$lib/ui/api.ts';
import { hasPasskeys, makePasskey, passkeySentence } from './passkey.ts';

type Added = { recoveryCodes: string[] | null } | { failure: string };

/** Asks the device, and keeps what it makes; or says what went wrong. */
export async function addPasskey(): Promise<Added> {
	if (!hasPasskeys()) return { failure: 'This browser has no passkeys. Use an authenticator app instead.' };
	try {
		const made = await makePasskey(await api.account.beginPasskey.mutate());
		type Sent = Parameters<typeof api.account.addPasskey.mutate>[0];
		return await api.account.addPasskey.mutate({ ...made, name: nameOfDevice() } as Sent);
	} catch (error) {
		return { failure: passkeySentence(error) ?? sentenceOf(error) };
	}
}

/** What the device is called until its owner says otherwise: "Mac", "Windows". */
function nameOfDevice(): string {
	const known = ['iPhone', 'iPad', 'Android', 'Mac', 'Windows', 'CrOS', 'Linux'];
	const name = known.find((each) => navigator.userAgent.includes(each)) ?? 'Passkey';
	return name === 'CrOS' ? 'Chromebook' : name;
}
