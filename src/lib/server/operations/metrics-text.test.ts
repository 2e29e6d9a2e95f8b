import { expect, test } from 'vitest';
import { metricsText } from './metrics-text.ts';

test('a metric is its help, its type, and a line for each sample, with what a label holds escaped', () => {
	expect(
		metricsText([
			{
				name: 'jobs',
				help: 'Jobs.',
				type: 'gauge',
				samples: [{ labels: { task: 'a"b\\c\nd', state: 'waiting' }, value: 2 }, { value: 0.5 }]
			},
			{ name: 'took', help: 'Time.', type: 'histogram', samples: [{ suffix: '_sum', value: 1 }] }
		])
	).toBe(
		[
			'# HELP jobs Jobs.',
			'# TYPE jobs gauge',
			'jobs{task="a\\"b\\\\c\\nd",state="waiting"} 2',
			'jobs 0.5',
			'# HELP took Time.',
			'# TYPE took histogram',
			'took_sum 1',
			''
		].join('\n')
	);
});
