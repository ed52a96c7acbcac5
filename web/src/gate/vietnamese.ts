/**
 * Three codes that people already carry: the national personal QR (decision 1405/QĐ-BTTTT), the citizen
 * card and the health-insurance card. None is signed: they say who somebody claims to be, never what he may do.
 */
export interface Identity {
	document: "personal" | "citizen" | "insurance";
	/** As written, stars included where the owner hides digits. */
	number: string;
	name: string;
	birthYear: number | null;
}

/** Null when the text is none of the three. */
export function readIdentity(text: string): Identity | null {
	const fields = text
		.replace(/\$$/, "")
		.split("|")
		.map((field) => field.normalize("NFC").trim());
	return readPersonal(fields) ?? readCitizen(fields) ?? readInsurance(fields);
}

/** `number|NAME|1990-12-31|0 or 1|QID|…`; day and month, and the number's beginning, may be stars. */
function readPersonal(fields: string[]): Identity | null {
	const [number = "", name = "", born = "", declared = ""] = fields;
	const year = /^(\d{4})-(?:\d\d|\*\*)-(?:\d\d|\*\*)$/.exec(born)?.[1];
	if (fields.length < 5 || !/^[\dA-Z*]{0,20}$/.test(number) || !isName(name)) return null;
	if (!year || !/^[01]$/.test(declared)) return null;
	return { document: "personal", number, name, birthYear: Number(year) };
}

/**
 * `number|old number|name|31121990|sex|address|day of issue`: the old number is sometimes empty, sometimes
 * not there at all, and so is the day of issue; the card of 2024 has more behind. The name stands before the first date.
 */
function readCitizen(fields: string[]): Identity | null {
	const [number = ""] = fields;
	if (fields.length < 5 || !/^\d{12}$/.test(number)) return null;
	const at = [2, 3].find((index) => yearOfDay(fields[index] ?? "") !== null);
	if (at === undefined || (at === 3 && !/^\d{9}$|^$/.test(fields[1] ?? ""))) return null;
	const name = fields[at - 1] ?? "";
	if (!isName(name)) return null;
	return { document: "citizen", number, name, birthYear: yearOfDay(fields[at] ?? "") };
}

/** `number|name as hex|31/12/1990 or 1990|1 or 2|address as hex|…`. */
function readInsurance(fields: string[]): Identity | null {
	const [written = "", hidden = "", born = ""] = fields;
	const number = written.toUpperCase();
	if (fields.length < 5 || !/^(?:[\dA-Z]{15}|[\dA-Z]{10})$/.test(number)) return null;
	const name = fromHex(hidden);
	if (name === null || !isName(name)) return null;
	const year = /^(?:\d\d?\/\d\d?\/)?(\d{4})$/.exec(born)?.[1];
	return { document: "insurance", number, name, birthYear: year ? Number(year) : null };
}

function isName(text: string): boolean {
	return text.length <= 80 && /^\p{L}[\p{L}\p{M} .'’-]*$/u.test(text);
}

/** The year of `ddMMyyyy`; null when there is no such day. */
function yearOfDay(text: string): number | null {
	const [, day, month, year] = /^(\d\d)(\d\d)((?:19|20)\d\d)$/.exec(text) ?? [];
	if (!day || !month || !year) return null;
	const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
	return date.getUTCDate() === Number(day) && date.getUTCMonth() + 1 === Number(month) ? Number(year) : null;
}

function fromHex(text: string): string | null {
	if (!/^(?:[\da-f]{2})+$/i.test(text)) return null;
	const bytes = new Uint8Array((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes).normalize("NFC").trim();
	} catch {
		return null;
	}
}
