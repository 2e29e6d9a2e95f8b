/** Which time zone a state keeps; where a state has two, the one that most of its people live in (tz database names). */
const statesByZone: Record<string, string[]> = {
	'America/New_York': [
		...['Connecticut', 'Delaware', 'District of Columbia', 'Florida', 'Georgia', 'Maine', 'Maryland'],
		...['Massachusetts', 'New Hampshire', 'New Jersey', 'New York', 'North Carolina', 'Ohio', 'Pennsylvania'],
		...['Rhode Island', 'South Carolina', 'Vermont', 'Virginia', 'West Virginia']
	],
	'America/Detroit': ['Michigan'],
	'America/Indiana/Indianapolis': ['Indiana'],
	'America/Kentucky/Louisville': ['Kentucky'],
	'America/Chicago': [
		...['Alabama', 'Arkansas', 'Illinois', 'Iowa', 'Kansas', 'Louisiana', 'Minnesota', 'Mississippi'],
		...['Missouri', 'Nebraska', 'North Dakota', 'Oklahoma', 'South Dakota', 'Tennessee', 'Texas', 'Wisconsin']
	],
	'America/Denver': ['Colorado', 'Montana', 'New Mexico', 'Utah', 'Wyoming'],
	'America/Boise': ['Idaho'],
	'America/Phoenix': ['Arizona'],
	'America/Los_Angeles': ['California', 'Nevada', 'Oregon', 'Washington'],
	'America/Anchorage': ['Alaska'],
	'Pacific/Honolulu': ['Hawaii'],
	'America/Puerto_Rico': ['Puerto Rico']
};

const zoneByState = new Map(
	Object.entries(statesByZone).flatMap(([zone, states]) => states.map((state) => [state, zone] as const))
);

/** The time zone of a state named in full; null for a place that is not one of ours. */
export function timeZoneOf(state: string | undefined): string | null {
	return zoneByState.get(state ?? '') ?? null;
}
