/** Days as passes write them: since 1 January 2020, in Vietnam, where there is no summer time. */
const first = Date.UTC(2020, 0, 1);
const long = 86_400_000;
const ahead = 7 * 3_600_000;

/** The day on which a moment (milliseconds since 1970) lies. */
export function dayOf(moment: number): number {
	return Math.floor((moment + ahead - first) / long);
}

/** "2021-09-24" or the beginning of a longer text; null when there is no such day. */
export function dayOfDate(text: string): number | null {
	const date = /^(\d{4}-\d{2}-\d{2})(?:$|T)/.exec(text)?.[1];
	const moment = date ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
	if (Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 10) !== date) return null;
	return (moment - first) / long;
}

/** "2021-09-24". */
export function dateOfDay(day: number): string {
	return new Date(first + day * long).toISOString().slice(0, 10);
}
