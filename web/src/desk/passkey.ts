/**
 * Passkeys. `<form data-passkey="create|get" data-start="…" data-finish="…" data-next="…">`:
 * on submit the form's fields go to `start`, which answers with webauthn-rs's challenge
 * ({ceremony, publicKey}); `finish` gets {ceremony, credential, fields} as JSON; then the page
 * moves to `next`. When anything fails, `[data-passkey-fault]` in the form is shown.
 */
import { fromBase64url, toBase64url } from "./base64url.ts";
import { isOwnPath } from "./news.ts";

type Json = Record<string, unknown>;

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
	form.hidden = !("credentials" in navigator && "PublicKeyCredential" in window);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		void run(form);
	});
}

async function run(form: HTMLFormElement): Promise<void> {
	const fault = form.querySelector<HTMLElement>("[data-passkey-fault]");
	const button = form.querySelector<HTMLButtonElement>("[type=submit]");
	const { start = "", finish = "", next = "/", passkey } = form.dataset;
	if (fault) fault.hidden = true;
	if (button) button.disabled = true;
	try {
		const fields = new FormData(form);
		const csrf = String(fields.get("csrf") ?? "");
		const body = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]));
		const { ceremony, publicKey } = (await send(start, csrf, body)) as { ceremony: string; publicKey: Json };
		const credential = passkey === "create" ? await create(publicKey) : await get(publicKey);
		const shown = JSON.stringify({ ceremony, credential, fields: Object.fromEntries(fields) });
		const result = await send(finish, csrf, shown, "application/json");
		const target = typeof result.next === "string" ? result.next : next;
		if (!isOwnPath(target)) throw new Error(`not a path of this centre: ${target}`);
		window.location.assign(target);
	} catch (error) {
		console.warn(error);
		if (fault) fault.hidden = false;
		if (button) button.disabled = false;
	}
}

async function send(url: string, csrf: string, body: URLSearchParams | string, type?: string): Promise<Json> {
	const headers: Record<string, string> = { accept: "application/json", "x-csrf-token": csrf };
	if (type) headers["content-type"] = type;
	const answer = await fetch(url, { method: "POST", headers, body });
	if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
	const text = await answer.text();
	return text ? JSON.parse(text) : {};
}

function withBytes(list: unknown): PublicKeyCredentialDescriptor[] {
	return ((list ?? []) as Json[]).map(
		(item) => ({ ...item, id: fromBase64url(String(item.id)) }) as unknown as PublicKeyCredentialDescriptor,
	);
}

async function create(options: Json): Promise<Json> {
	const user = options.user as Json;
	const credential = (await navigator.credentials.create({
		publicKey: {
			...options,
			challenge: fromBase64url(String(options.challenge)),
			user: { ...user, id: fromBase64url(String(user.id)) },
			excludeCredentials: withBytes(options.excludeCredentials),
		} as unknown as PublicKeyCredentialCreationOptions,
	})) as PublicKeyCredential;
	const response = credential.response as AuthenticatorAttestationResponse;
	return {
		...head(credential),
		response: {
			clientDataJSON: toBase64url(response.clientDataJSON),
			attestationObject: toBase64url(response.attestationObject),
			transports: response.getTransports?.() ?? null,
		},
	};
}

async function get(options: Json): Promise<Json> {
	const credential = (await navigator.credentials.get({
		publicKey: {
			...options,
			challenge: fromBase64url(String(options.challenge)),
			allowCredentials: withBytes(options.allowCredentials),
		} as unknown as PublicKeyCredentialRequestOptions,
	})) as PublicKeyCredential;
	const response = credential.response as AuthenticatorAssertionResponse;
	return {
		...head(credential),
		response: {
			clientDataJSON: toBase64url(response.clientDataJSON),
			authenticatorData: toBase64url(response.authenticatorData),
			signature: toBase64url(response.signature),
			userHandle: response.userHandle ? toBase64url(response.userHandle) : null,
		},
	};
}

function head(credential: PublicKeyCredential): Json {
	return {
		id: credential.id,
		rawId: toBase64url(credential.rawId),
		type: credential.type,
		extensions: credential.getClientExtensionResults(),
	};
}
