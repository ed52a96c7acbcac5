/** What the gate keeps on the device (IndexedDB): scans that wait, how many are inside, and its supplies. */
const version = 1;

/** The device has not kept something, or cannot read it: no space, a private window, a database that was closed. */
export class Unkept extends Error {
	constructor(cause: unknown) {
		super("the device does not keep it", { cause });
	}
}

export interface Store {
	/** Throws `Unkept`. */
	transaction(names: string | string[], mode?: IDBTransactionMode): IDBTransaction;
	/** Opens the database anew: a browser may close it under a page that is open. Rejects when it cannot be opened. */
	mend(): Promise<void>;
}

export async function openStore(factory: IDBFactory, name = "vx-gate"): Promise<Store> {
	const open = async () => {
		const request = factory.open(name, version);
		request.onupgradeneeded = () => {
			const scans = request.result.createObjectStore("scans", { keyPath: "turn", autoIncrement: true });
			scans.createIndex("key", "scan.key", { unique: true });
			request.result.createObjectStore("kept");
		};
		return answer(request);
	};
	return new Disk(open, await open());
}

class Disk implements Store {
	readonly #open: () => Promise<IDBDatabase>;
	#database: IDBDatabase;

	constructor(open: () => Promise<IDBDatabase>, database: IDBDatabase) {
		this.#open = open;
		this.#database = database;
	}

	transaction(names: string | string[], mode?: IDBTransactionMode): IDBTransaction {
		try {
			return this.#database.transaction(names, mode);
		} catch (error) {
			throw new Unkept(error);
		}
	}

	async mend(): Promise<void> {
		const opened = await this.#open();
		// What was begun in the one before still ends.
		this.#database.close();
		this.#database = opened;
	}
}

export async function keep(store: Store, name: string, value: unknown): Promise<void> {
	const change = store.transaction("kept", "readwrite");
	change.objectStore("kept").put(value, name);
	return done(change);
}

/** Takes away all that is kept but the scans that wait, and keeps `left` instead, in one change. */
export async function wipe(store: Store, left: Record<string, unknown>): Promise<void> {
	const change = store.transaction("kept", "readwrite");
	const held = change.objectStore("kept");
	held.clear();
	for (const [name, value] of Object.entries(left)) held.put(value, name);
	return done(change);
}

/** Undefined when nothing is kept under this name. */
export async function kept<Value>(store: Store, name: string): Promise<Value | undefined> {
	return answer(store.transaction("kept").objectStore("kept").get(name));
}

export function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(new Unkept(request.error));
	});
}

/** Resolves when the change is on the disk: only then may the guard be told. */
export function done(change: IDBTransaction): Promise<void> {
	const finished = new Promise<void>((resolve, reject) => {
		change.oncomplete = () => resolve();
		change.onabort = () => reject(new Unkept(change.error));
		change.onerror = () => reject(new Unkept(change.error));
	});
	// Whoever has met the fault before the end of the change does not wait for it.
	finished.catch(() => {});
	return finished;
}
