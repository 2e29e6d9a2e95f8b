/** The text format of Prometheus, version 0.0.4. Pure. */

export interface Sample {
	labels?: Record<string, string>;
	value: number;
	/** Behind the metric's name: `_bucket`, `_sum` or `_count` of a histogram. */
	suffix?: string;
}

export interface Metric {
	name: string;
	help: string;
	type: 'gauge' | 'counter' | 'histogram';
	samples: Sample[];
}

/** What `/metrics` answers with. */
export function metricsText(metrics: readonly Metric[]): string {
	return metrics.map(linesOf).join('');
}

function linesOf({ name, help, type, samples }: Metric): string {
	const lines = samples.map(
		({ labels, value, suffix = '' }) => `${name}${suffix}${labelsText(labels)} ${numberText(value)}\n`
	);
	return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelsText(labels: Record<string, string> | undefined): string {
	const parts = Object.entries(labels ?? {}).map(([name, value]) => `${name}="${escaped(value)}"`);
	return parts.length ? `{${parts.join(',')}}` : '';
}

function escaped(value: string): string {
	return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function numberText(value: number): string {
	return value === Infinity ? '+Inf' : String(value);
}
