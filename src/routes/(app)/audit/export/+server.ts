import { getApp } from '$lib/server/app.ts';
import { exportAudit, exportAuditCsv } from '$lib/server/audit/export.ts';
import { streamLines } from '$lib/server/http/stream-lines.ts';
import { readFilterParams } from '../filter-params.ts';
import type { RequestHandler } from './$types';

const kinds = {
	csv: { read: exportAuditCsv, type: 'text/csv; charset=utf-8' },
	jsonl: { read: exportAudit, type: 'application/x-ndjson' }
};

/** Streams the entries that the form's filter lets through. By POST: each export is recorded, so a link must not make one. */
export const POST: RequestHandler = async ({ request, locals: { api } }) => {
	const form = await request.formData();
	const fields = { get: (name: string) => String(form.get(name) ?? '') };
	const format = fields.get('format') === 'csv' ? 'csv' : 'jsonl';
	const { filter } = await api.audit.export({ format, filter: readFilterParams(fields) });
	const { pool, clock } = getApp();
	const { read, type } = kinds[format];
	const day = new Date(clock.now()).toISOString().slice(0, 10);
	return new Response(streamLines(read(pool, filter)), {
		headers: {
			'content-type': type,
			'cache-control': 'no-store',
			'content-disposition': `attachment; filename="audit-log-${day}.${format}"`
		}
	});
};
