/** What a push says, and how it is checked before it is shown. */
import { isOwnPath } from "./news.ts";

export interface Told {
	title: string;
	body: string;
	/** A path of this centre, to be opened by a press. */
	path: string;
	/** A newer push about the same takes the place of the one that is shown. */
	tag: string;
	/** An emergency stays until it is pressed away. */
	urgent: boolean;
	lang: string;
}

/** `null` when it is none of ours: the browser then shows a notice of its own. */
export function readTold(value: unknown): Told | null {
	if (typeof value !== "object" || value === null) return null;
	const fields = value as Record<string, unknown>;
	const text = (name: string): string => {
		const field = fields[name];
		return typeof field === "string" ? field : "";
	};
	const told: Told = {
		title: text("title"),
		body: text("body"),
		path: text("path"),
		tag: text("tag"),
		urgent: fields.urgent === true,
		lang: text("lang") === "en" ? "en" : "vi",
	};
	return told.title && isOwnPath(told.path) ? told : null;
}
