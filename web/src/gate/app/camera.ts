/** The telephone's camera: its picture on the page, its light, and its frames as canvases to read from. */

export type Trouble = "denied" | "none";

/** A frame is read at this width at most: more pixels make a weak telephone slow, not a code clearer. */
const widest = 960;

interface Light {
	torch?: boolean;
}

export class Camera {
	readonly #video: HTMLVideoElement;
	readonly #canvas = document.createElement("canvas");
	#track: MediaStreamTrack | null = null;
	#lit = false;
	#starting: Promise<Trouble | null> | null = null;

	constructor(video: HTMLVideoElement) {
		this.#video = video;
	}

	get isOn(): boolean {
		return this.#track?.readyState === "live";
	}

	get hasLight(): boolean {
		return (this.#track?.getCapabilities?.() as Light | undefined)?.torch === true;
	}

	get isLit(): boolean {
		return this.#lit;
	}

	/** Null when it films; else what people must know. `lost` is called when it ends by itself. */
	start(lost: () => void): Promise<Trouble | null> {
		this.#starting ??= this.#begin(lost).finally(() => {
			this.#starting = null;
		});
		return this.#starting;
	}

	async #begin(lost: () => void): Promise<Trouble | null> {
		this.stop();
		try {
			const wish = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
			const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
			const [track] = stream.getVideoTracks();
			if (!track) return "none";
			this.#track = track;
			track.addEventListener("ended", lost);
			this.#video.srcObject = stream;
			await this.#video.play();
			return null;
		} catch (error) {
			return error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "none";
		}
	}

	stop(): void {
		this.#track?.stop();
		this.#track = null;
		this.#lit = false;
		this.#video.srcObject = null;
	}

	async light(on: boolean): Promise<void> {
		await this.#track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
		this.#lit = on;
	}

	/** The middle of the picture, as a square: what the guard sees of it. Null before there is one. */
	frame(): HTMLCanvasElement | null {
		const { videoWidth, videoHeight, readyState } = this.#video;
		const side = Math.min(videoWidth, videoHeight);
		if (readyState < HTMLMediaElement.HAVE_CURRENT_DATA || side === 0) return null;
		const size = Math.min(side, widest);
		const canvas = this.#canvas;
		if (canvas.width !== size) [canvas.width, canvas.height] = [size, size];
		const context = canvas.getContext("2d", { willReadFrequently: true });
		if (!context) return null;
		const [left, top] = [(videoWidth - side) / 2, (videoHeight - side) / 2];
		context.drawImage(this.#video, left, top, side, side, 0, 0, size, size);
		return canvas;
	}
}
