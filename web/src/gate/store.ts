/** What the gate keeps on the device (IndexedDB): scans that wait, how many are inside, and its supplies. */
const version = 1;

export type Store = IDBDatabase;

export function openStore(factory: IDBFactory, name = "vx-gate"): Promise<Store> {
	const request = factory.open(name, version);
	request.onupgradeneeded = () => {
		const scans = request.result.createObjectStore("scans", { keyPath: "turn", autoIncrement: true });
		scans.createIndex("key", "scan.key", { unique: true });
		request.result.createObjectStore("kept");
	};
	return answer(request);
}

export function keep(store: Store, name: string, value: unknown): Promise<void> {
	const change = store.transaction("kept", "readwrite");
	change.objectStore("kept").put(value, name);
	return done(change);
}

/** Takes away all that is kept but the scans that wait, and keeps `left` instead, in one change. */
export function wipe(store: Store, left: Record<string, unknown>): Promise<void> {
	const change = store.transaction("kept", "readwrite");
	const held = change.objectStore("kept");
	held.clear();
	for (const [name, value] of Object.entries(left)) held.put(value, name);
	return done(change);
}

/** Undefined when nothing is kept under this name. */
export function kept<Value>(store: Store, name: string): Promise<Value | undefined> {
	return answer(store.transaction("kept").objectStore("kept").get(name));
}

export function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
}

/** Resolves when the change is on the disk: only then may the guard be told. */
export function done(change: IDBTransaction): Promise<void> {
	return new Promise((resolve, reject) => {
		change.oncomplete = () => resolve();
		change.onabort = () => reject(change.error);
		change.onerror = () => reject(change.error);
	});
}
