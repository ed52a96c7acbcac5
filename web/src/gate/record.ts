/**
 * How far a signed text came, step by step: the same record that `vungxanh pass verify --json` prints.
 * A step is true when it passed, false when it failed, null when it was not reached; `expired` is true
 * when the text IS expired.
 */
export type Stage = "prefix" | "base45" | "inflate" | "cbor" | "cose" | "key" | "signature" | "time" | "claims";

export interface Verification<Claims> {
	prefix: boolean | null;
	base45: boolean | null;
	inflate: boolean | null;
	cbor: boolean | null;
	signature: boolean | null;
	expired: boolean | null;
	claims: Claims | null;
	error: { stage: Stage; message: string } | null;
}

/** What is wrong with a text, and at which step; never leaves the functions that verify. */
export class Fault extends Error {
	constructor(
		readonly stage: Stage,
		message: string,
	) {
		super(message);
	}
}

export function nothingYet<Claims>(): Verification<Claims> {
	return {
		prefix: null,
		base45: null,
		inflate: null,
		cbor: null,
		signature: null,
		expired: null,
		claims: null,
		error: null,
	};
}
