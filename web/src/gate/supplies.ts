/**
 * What a gate works with for a whole day without a network: trust list, status lists, code table, rules.
 * Kept on the device as they came and checked again each time they are taken up, so that nothing is
 * believed because it lies there; an older one never takes the place of a newer one.
 */
import type { Bytes } from "./bytes.ts";
import { type CodeTable, readCodeTable, type TableKey } from "./codes.ts";
import { type Pack, readPack } from "./pack.ts";
import type { Place } from "./rules.ts";
import { readStatusList, type StatusList } from "./status.ts";
import { keep, kept, type Store } from "./store.ts";
import { isOlder, readTrustList, type TrustList } from "./trust.ts";

/** What the gate holds, each as it was last fetched and found genuine. */
export interface Supplies {
	trust: TrustList | null;
	statuses: StatusList[];
	codes: { table: CodeTable; key: TableKey } | null;
	packs: Pack[];
	place: Place;
}

/** What a device gets when it is enrolled. */
export interface Enrolment {
	/** The root's key, SubjectPublicKeyInfo. */
	root: Bytes;
	/** Null for a gate that takes no codes. */
	tableKey: TableKey | null;
	place: Place;
}

/** What a server has handed out; what is left out stays as it was. */
export interface Delivery {
	trust?: Bytes;
	statuses?: Bytes[];
	codes?: Bytes;
	packs?: unknown[];
}

/**
 * Keeps what is genuine and not older than what is there; the names of what was refused. `now` in
 * milliseconds since 1970.
 */
export async function take(store: Store, enrolment: Enrolment, delivery: Delivery, now: number): Promise<string[]> {
	const refused: string[] = [];
	const attempt = async (name: string, check: () => Promise<void>) => {
		try {
			await check();
		} catch {
			refused.push(name);
		}
	};
	const { trust, statuses, codes, packs } = delivery;
	if (trust) await attempt("trust", () => takeTrust(store, enrolment, trust));
	const held = await supplies(store, enrolment, now);
	const keys = held.trust?.keys ?? [];
	for (const bytes of statuses ?? []) {
		await attempt("status", async () => {
			const list = await readStatusList(bytes, keys, now);
			const before = held.statuses.find(({ uri }) => uri === list.uri);
			if (before && before.issuedAt > list.issuedAt) throw new Error("older than what is held");
			await keep(store, "statuses", { ...(await kept<Record<string, Bytes>>(store, "statuses")), [list.uri]: bytes });
		});
	}
	if (codes) {
		await attempt("codes", async () => {
			const table = await readCodeTable(codes, keys, now);
			if ((held.codes?.table.issuedAt ?? 0) > table.issuedAt) throw new Error("older than what is held");
			await keep(store, "codes", codes);
		});
	}
	if (packs) {
		await attempt("packs", async () => {
			packs.forEach(readPack);
			await keep(store, "packs", packs);
		});
	}
	return refused;
}

/** Everything as it is kept; what cannot be believed any more is as if it were not there. */
export async function supplies(store: Store, { root, tableKey, place }: Enrolment, now: number): Promise<Supplies> {
	const trust = await read<Bytes, TrustList>(store, "trust", (bytes) => readTrustList(bytes, root));
	const keys = trust?.keys ?? [];
	const table = tableKey && (await read<Bytes, CodeTable>(store, "codes", (bytes) => readCodeTable(bytes, keys, now)));
	const lists = Object.values((await kept<Record<string, Bytes>>(store, "statuses")) ?? {});
	const statuses = await Promise.all(lists.map((bytes) => readStatusList(bytes, keys, now).catch(() => null)));
	return {
		trust,
		statuses: statuses.filter((list) => list !== null),
		codes: table && tableKey ? { table, key: tableKey } : null,
		packs: (await read(store, "packs", async (packs: unknown[]) => packs.map(readPack))) ?? [],
		place,
	};
}

async function takeTrust(store: Store, { root }: Enrolment, bytes: Bytes): Promise<void> {
	const offered = await readTrustList(bytes, root);
	const held = await read<Bytes, TrustList>(store, "trust", (before) => readTrustList(before, root));
	if (held && isOlder(offered, held)) throw new Error("older than what is held");
	await keep(store, "trust", bytes);
}

async function read<Kept, Value>(
	store: Store,
	name: string,
	check: (value: Kept) => Promise<Value>,
): Promise<Value | null> {
	const value = await kept<Kept>(store, name);
	if (value === undefined) return null;
	try {
		return await check(value);
	} catch {
		return null;
	}
}
