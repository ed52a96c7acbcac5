/**
 * Which kind of text a camera or a thumb has handed over. What is none of ours is `unreadable`, which asks
 * to scan again: a damaged picture must never look like a person turned away.
 */
import { isCode } from "./codes.ts";
import { longest } from "./verify.ts";
import { type Identity, readIdentity } from "./vietnamese.ts";

export type Text =
	| { kind: "pass" | "certificate"; text: string }
	/** Twelve digits whose check digit fits. */
	| { kind: "code"; code: string }
	/** Twelve digits, one of them wrong or two of them swapped. */
	| { kind: "mistyped" }
	| { kind: "identity"; identity: Identity }
	| { kind: "unreadable" };

export function read(written: string): Text {
	const text = written.replace(/[\r\n]+$/, "");
	if (text.length > longest) return { kind: "unreadable" };
	if (text.startsWith("VX1:")) return { kind: "pass", text };
	if (text.startsWith("HC1:")) return { kind: "certificate", text };
	const code = text.trim().replace(/[ .-]/g, "");
	if (/^\d{12}$/.test(code)) {
		return isCode(code) ? { kind: "code", code } : { kind: "mistyped" };
	}
	const identity = readIdentity(text);
	return identity ? { kind: "identity", identity } : { kind: "unreadable" };
}
