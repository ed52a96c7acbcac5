/**
 * A sound and a shake for each colour, made here rather than loaded: rising for green, level for yellow, low and
 * long for red. Whoever does not look at the screen still knows.
 */
import type { Tone } from "./sign.ts";

interface Note {
	pitch: number;
	at: number;
	long: number;
}

const melodies: Record<Tone, { shape: OscillatorType; notes: Note[]; shakes: number[] }> = {
	green: {
		shape: "sine",
		notes: [
			{ pitch: 784, at: 0, long: 0.09 },
			{ pitch: 1175, at: 0.1, long: 0.16 },
		],
		shakes: [80],
	},
	yellow: {
		shape: "triangle",
		notes: [
			{ pitch: 587, at: 0, long: 0.14 },
			{ pitch: 587, at: 0.22, long: 0.14 },
		],
		shakes: [90, 90, 90],
	},
	red: {
		shape: "square",
		notes: [
			{ pitch: 233, at: 0, long: 0.28 },
			{ pitch: 175, at: 0.32, long: 0.5 },
		],
		shakes: [350, 120, 350],
	},
	again: { shape: "sine", notes: [{ pitch: 440, at: 0, long: 0.05 }], shakes: [] },
	unable: { shape: "triangle", notes: [{ pitch: 330, at: 0, long: 0.3 }], shakes: [200] },
};

export class Sound {
	#audio: AudioContext | null = null;

	/** To be called from a gesture; before the first one a browser keeps every page mute. */
	async open(): Promise<void> {
		this.#audio ??= new AudioContext();
		await this.#audio.resume();
	}

	get isOpen(): boolean {
		return this.#audio?.state === "running";
	}

	play(tone: Tone): void {
		const { shape, notes, shakes } = melodies[tone];
		if (shakes.length) navigator.vibrate?.(shakes);
		const audio = this.#audio;
		if (!audio || !this.isOpen) return;
		const start = audio.currentTime + 0.01;
		for (const { pitch, at, long } of notes) {
			const voice = new OscillatorNode(audio, { type: shape, frequency: pitch });
			const gain = new GainNode(audio, { gain: 0 });
			gain.gain.setTargetAtTime(0.5, start + at, 0.005);
			gain.gain.setTargetAtTime(0, start + at + long, 0.02);
			voice.connect(gain).connect(audio.destination);
			voice.start(start + at);
			voice.stop(start + at + long + 0.2);
		}
	}
}
