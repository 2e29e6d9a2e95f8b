import { error, redirect } from '@sveltejs/kit';
import { getApp } from '$lib/server/app.ts';
import { auditActorOf, entriesBy } from '$lib/server/audit/call.ts';
import { can } from '$lib/server/auth/permissions.ts';
import { createFromGallery, loadSample, sampleJourneys, sampleProgress } from '$lib/server/sample/index.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import { pictureOf } from './picture.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api, user } }) => {
	const app = getApp();
	const may = (permission: Parameters<typeof can>[1]) =>
		user !== null && can({ kind: 'user', ...user }, permission);
	const journeys = await api.journeys.list();
	// Integrators read journeys to call them; what goes on in them is for others.
	const overview = may('reports.read') ? await api.reports.overview() : null;
	const isEmpty = journeys.length === 0 && may('contacts.read') && (await api.contacts.count()).total === 0;
	return {
		zone: overview?.zone ?? (await loadSender(app.pool)).timezone,
		now: overview?.now ?? app.clock.now(),
		journeys: journeys.map((journey) => ({
			...journey,
			entries: overview && (overview.journeys[journey.slug] ?? { entered: 0, daily: [] })
		})),
		templates: sampleJourneys.map(({ slug, name, summary, document }) => ({
			slug,
			name,
			summary,
			messages: document.steps.filter((step) => step.kind === 'send.email').length,
			picture: pictureOf(document)
		})),
		mayEdit: may('journeys.edit'),
		/** Nobody and nothing is here yet, and this person may fill it. */
		isFirstRun: isEmpty && may('settings.manage'),
		progress: sampleProgress()
	};
};

export const actions: Actions = {
	/** Makes a journey, from a ready one or empty, and opens it. */
	create: async ({ request, locals: { api, user, call } }) => {
		const from = String((await request.formData()).get('from') ?? '');
		if (from === '') {
			const { slug } = await api.journeys.create({ name: 'Untitled journey' });
			redirect(303, `/journeys/${slug}`);
		}
		if (!user || !can({ kind: 'user', ...user }, 'journeys.edit')) error(403, 'You may not make journeys.');
		if (!sampleJourneys.some(({ slug }) => slug === from)) error(404, 'There is no such ready journey.');
		const app = getApp();
		const made = await createFromGallery(app.pool, {
			slug: from,
			userId: user.id,
			now: app.clock.now(),
			entry: entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call)
		});
		redirect(303, `/journeys/${made.slug}`);
	},

	/** Fills an empty workspace with the sample clinic; answers when it is there. */
	sample: async ({ locals: { user, call } }) => {
		if (!user || !can({ kind: 'user', ...user }, 'settings.manage'))
			error(403, 'Only who manages the workspace may load the sample clinic.');
		// A second click while it loads changes nothing; the page shows how far the first one is.
		const app = getApp();
		const entry = entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call);
		if (sampleProgress() === null) await loadSample(app, undefined, entry);
		redirect(303, '/journeys');
	}
};
