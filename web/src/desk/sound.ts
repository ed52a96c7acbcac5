/**
 * Two sounds that nobody can take for each other, made here rather than loaded.
 * A whole ring is laid down in advance on the audio clock, because a browser slows
 * the timers of a tab that is out of sight.
 */
export class Sound {
	#audio: AudioContext | null = null;
	#ring: OscillatorNode | null = null;

	/** To be called from a gesture; false when the browser still keeps us mute. */
	async open(): Promise<boolean> {
		this.#audio ??= new AudioContext();
		const audio = this.#audio;
		const refused = new Promise<void>((done) => window.setTimeout(done, 300));
		await Promise.race([audio.resume(), refused]);
		return this.isOpen;
	}

	get isOpen(): boolean {
		return this.#audio?.state === "running";
	}

	/** Emergency: two hard tones in turn, four times, a breath, and again, for so many seconds. */
	ring(seconds: number): void {
		this.silence();
		const audio = this.#audio;
		if (!audio || seconds <= 0) return;
		const start = audio.currentTime + 0.02;
		const tone = new OscillatorNode(audio, { type: "square" });
		const gate = new GainNode(audio, { gain: 0 });
		for (let at = 0; at < seconds; at += 1.8) {
			for (let beat = 0; beat < 8; beat++) {
				tone.frequency.setValueAtTime(beat % 2 ? 740 : 988, start + at + beat * 0.15);
			}
			gate.gain.setTargetAtTime(0.3, start + at, 0.01);
			gate.gain.setTargetAtTime(0, start + at + 1.2, 0.01);
		}
		tone.connect(gate).connect(audio.destination);
		tone.start(start);
		tone.stop(start + seconds);
		this.#ring = tone;
		navigator.vibrate?.(Array.from({ length: Math.ceil(seconds / 1.8) }, () => [400, 150, 400, 850]).flat());
	}

	/** Notice: one soft chime. */
	chime(): void {
		const audio = this.#audio;
		if (!audio) return;
		const start = audio.currentTime + 0.02;
		for (const [pitch, at] of [
			[523.25, 0],
			[783.99, 0.18],
		] as const) {
			const tone = new OscillatorNode(audio, { type: "sine", frequency: pitch });
			const gate = new GainNode(audio, { gain: 0 });
			gate.gain.setTargetAtTime(0.18, start + at, 0.01);
			gate.gain.setTargetAtTime(0, start + at + 0.08, 0.25);
			tone.connect(gate).connect(audio.destination);
			tone.start(start + at);
			tone.stop(start + at + 1.6);
		}
		navigator.vibrate?.(120);
	}

	silence(): void {
		if (!this.#ring) return;
		this.#ring.stop();
		this.#ring = null;
		navigator.vibrate?.(0);
	}
}
