//! Sound: reading WAV files, bringing them to the line's rate, and what a recording must be to be heard well.
//!
//! The resampler is our own: a windowed sinc over the whole clip at once. The crates for this are made for
//! streams in real time and bring Fourier transforms along; ours is one clip now and then.

use crate::lines::RATE;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use kernel::{Error, Result};
use std::{f64::consts::PI, io::Cursor};

/// Shortest and longest recording, in seconds.
pub const SHORTEST: f64 = 0.2;
pub const LONGEST: f64 = 60.0;
/// Larger files are not read, in bytes: two minutes in stereo at 48 kHz, so that one that is a little too
/// long is told how long it is.
pub const MAX_FILE: usize = 24 * 1024 * 1024;
/// Samples a second that are taken in.
const RATES: [u32; 5] = [8_000, 16_000, 22_050, 44_100, 48_000];

/// The loudest sample of a recording that is kept: 3 dB below the most.
const PEAK: f32 = 23_198.0;
/// A recording whose loudest sample lies below it (40 dB below the most) is silent, and so is one of which
/// less than a hundredth is louder.
const SILENT: f32 = 328.0;
/// So many samples in a row at the end of the scale are a peak that was cut off.
const CUT: usize = 3;
const SCALE_END: u16 = 32_700;
/// Beyond this share of cut samples a recording rattles.
const CUT_SHARE: f64 = 0.001;

/// A recording that somebody sent, judged: samples at the line's rate, equally loud. Errors beside `file`.
pub fn recording(bytes: &[u8]) -> Result<Vec<i16>> {
    let wrong = |key| Err(Error::invalid("file", key));
    if bytes.is_empty() {
        return wrong("error-prompt-file-missing");
    }
    if bytes.len() > MAX_FILE {
        return wrong("error-prompt-too-big");
    }
    let Ok(reader) = WavReader::new(bytes) else {
        return wrong("error-prompt-not-wav");
    };
    let spec = reader.spec();
    if spec.bits_per_sample != 16 || spec.sample_format != SampleFormat::Int {
        return wrong("error-prompt-bits");
    }
    if !RATES.contains(&spec.sample_rate) {
        return wrong("error-prompt-rate");
    }
    if !matches!(spec.channels, 1 | 2) {
        return wrong("error-prompt-channels");
    }
    let seconds = f64::from(reader.duration()) / f64::from(spec.sample_rate);
    if seconds < SHORTEST {
        return wrong("error-prompt-short");
    }
    if seconds > LONGEST {
        return wrong("error-prompt-long");
    }
    let Ok(samples) = reader.into_samples::<i16>().collect::<hound::Result<Vec<i16>>>() else {
        return wrong("error-prompt-broken");
    };
    let channels = usize::from(spec.channels);
    if cut_share(&samples, channels) > CUT_SHARE {
        return wrong("error-prompt-clipped");
    }
    let mono = mixed(&samples, channels);
    if is_silent(&mono) {
        return wrong("error-prompt-silent");
    }
    Ok(whole(&normalised(resampled(&mono, spec.sample_rate, RATE))))
}

/// The samples of a WAV file at the line's rate, as loud as they are. The length that the file gives is not
/// believed: a program that writes into a pipe does not know it. 16 bits a sample.
pub fn from_wav(bytes: &[u8]) -> Result<Vec<i16>> {
    let reader = WavReader::new(bytes).map_err(Error::internal)?;
    let spec = reader.spec();
    let sound = spec.bits_per_sample == 16 && spec.sample_format == SampleFormat::Int;
    if !sound || !(RATE..=192_000).contains(&spec.sample_rate) {
        return Err(Error::internal("sound of another kind than 16 bits at 8 to 192 kHz"));
    }
    let samples: Vec<i16> = reader.into_samples::<i16>().map_while(std::result::Result::ok).collect();
    let mono = mixed(&samples, usize::from(spec.channels));
    Ok(whole(&resampled(&mono, spec.sample_rate, RATE)))
}

/// A WAV file at the line's rate, for a browser.
pub fn to_wav(samples: &[i16]) -> Result<Vec<u8>> {
    let spec =
        WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::with_capacity(44 + samples.len() * 2));
    let mut writer = WavWriter::new(&mut file, spec).map_err(Error::internal)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(Error::internal)?;
    }
    writer.finalize().map_err(Error::internal)?;
    Ok(file.into_inner())
}

/// As kept in the database and on the disk: 16 bits, the lower half first.
pub(super) fn to_bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

pub(super) fn from_bytes(bytes: &[u8]) -> Vec<i16> {
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// The mean of all channels; a last sample without its neighbours is left out.
fn mixed(samples: &[i16], channels: usize) -> Vec<f32> {
    let channels = channels.max(1);
    let mean = |frame: &[i16]| frame.iter().map(|s| f32::from(*s)).sum::<f32>() / channels as f32;
    samples.chunks_exact(channels).map(mean).collect()
}

/// How much of the recording was cut off at the end of the scale.
fn cut_share(samples: &[i16], channels: usize) -> f64 {
    let mut cut = 0;
    for channel in 0..channels {
        let mut row = 0;
        for sample in samples.iter().skip(channel).step_by(channels) {
            if sample.unsigned_abs() >= SCALE_END {
                row += 1;
                cut += match row {
                    CUT => CUT,
                    row if row > CUT => 1,
                    _ => 0,
                };
            } else {
                row = 0;
            }
        }
    }
    cut as f64 / samples.len().max(1) as f64
}

fn is_silent(samples: &[f32]) -> bool {
    let loud = samples.iter().filter(|sample| sample.abs() > SILENT).count();
    loud * 100 < samples.len()
}

fn normalised(samples: Vec<f32>) -> Vec<f32> {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak <= 0.0 {
        return samples;
    }
    let gain = PEAK / peak;
    samples.into_iter().map(|sample| sample * gain).collect()
}

fn whole(samples: &[f32]) -> Vec<i16> {
    let (least, most) = (f32::from(i16::MIN), f32::from(i16::MAX));
    samples.iter().map(|sample| sample.round().clamp(least, most) as i16).collect()
}

/// Where a downward step begins to let nothing through, as a share of the lower rate's half: at 8,000 a
/// second 3,700 Hz, between what a telephone carries and what would fold back.
const CUTOFF: f64 = 0.925;
/// Zero crossings of the sinc on either side.
const CROSSINGS: f64 = 32.0;

/// The same sound at another rate.
fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    if from == to || samples.is_empty() {
        return samples.to_vec();
    }
    let common = common(from, to);
    // Each `step` samples in become `phases` samples out.
    let (step, phases) = ((from / common) as usize, (to / common) as usize);
    // Of the incoming rate: how many periods a sample the filter still lets through.
    let pass = CUTOFF * f64::from(from.min(to)) / f64::from(from) / 2.0;
    let half = (CROSSINGS / (2.0 * pass)).ceil() as usize;
    let filters: Vec<Vec<f32>> =
        (0..phases).map(|phase| filter((phase * step % phases) as f64 / phases as f64, pass, half)).collect();
    let length = samples.len() * phases / step;
    (0..length)
        .map(|n| {
            let centre = n * step / phases;
            let taps = &filters[n % phases];
            // The first tap stands `half - 1` samples before the centre.
            let first = (centre + 1).saturating_sub(half);
            let skipped = (half - 1).saturating_sub(centre);
            let near = &samples[first..(centre + half + 1).min(samples.len())];
            near.iter().zip(&taps[skipped..]).map(|(sample, tap)| sample * tap).sum()
        })
        .collect()
}

/// The taps around a place that lies `offset` of a sample behind its centre: a sinc under a Blackman window,
/// which lets a steady level through as it is.
fn filter(offset: f64, pass: f64, half: usize) -> Vec<f32> {
    let taps: Vec<f64> = (0..2 * half)
        .map(|tap| {
            let at = tap as f64 - (half as f64 - 1.0) - offset;
            let across = (at / half as f64).clamp(-1.0, 1.0);
            let window = 0.42 + 0.5 * (PI * across).cos() + 0.08 * (2.0 * PI * across).cos();
            let angle = 2.0 * PI * pass * at;
            let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
            sinc * window
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| (tap / sum) as f32).collect()
}

/// The greatest common divisor.
fn common(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common(b, a % b) }
}
