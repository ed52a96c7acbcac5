/** What a telephone that serves a gate knows of itself: whose it is, where it stands, and the secrets for it. */
import type { Bytes } from "../bytes.ts";
import { type TableKey, tableKey } from "../codes.ts";
import type { Place } from "../rules.ts";
import type { Enrolment } from "../supplies.ts";
import { fromBase64 } from "./base64.ts";

/** The gate as the server describes it. */
export interface Checkpoint {
	id: string;
	name: string;
	/** What kind of place, and who comes through, in the words of the rules. */
	kind: string;
	role: string;
	zone: string | null;
	level: number | null;
	capacity: number | null;
}

export interface Device {
	id: string;
	token: string;
	root: Bytes;
	tableKey: TableKey | null;
	gate: Checkpoint;
	/** At rush hours one in so many is looked at closely; null where the leader does not allow it. */
	sampleOf: number | null;
}

/** What the server answers to an invitation; bytes as base64url. */
export interface Enrolled {
	device: string;
	token: string;
	root: string | null;
	tableSecret: string | null;
	gate: Checkpoint;
	sampleOf: number | null;
}

export async function deviceOf({ device, token, root, tableSecret, gate, sampleOf }: Enrolled): Promise<Device> {
	return {
		id: device,
		token,
		// Without a root nothing is genuine: the gate then says what it lacks.
		root: fromBase64(root ?? ""),
		tableKey: tableSecret ? await tableKey(fromBase64(tableSecret)) : null,
		gate,
		sampleOf,
	};
}

export function placeOf({ kind, role, zone, level, capacity }: Checkpoint): Place {
	return { kind, role, zone, level, capacity };
}

export function enrolmentOf({ root, tableKey, gate }: Device): Enrolment {
	return { root, tableKey, place: placeOf(gate) };
}
