/** Time zones to choose from, and the chosen one though the list may not know it. */
export function zoneOptions(zones: readonly string[], chosen: string): { value: string; label: string }[] {
	const all = zones.includes(chosen) ? zones : [chosen, ...zones];
	const named = all.includes('UTC') ? all : ['UTC', ...all];
	return named.map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}
