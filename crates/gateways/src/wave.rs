//! Sound as files: WAV, one channel, 16 bits, 8,000 samples a second.

use duty::lines::RATE;
use jiff::SignedDuration;

const HEADER: usize = 44;

/// Samples as a file.
pub(crate) fn file(samples: &[i16]) -> Vec<u8> {
    let data = (samples.len() * 2) as u32;
    let mut file = Vec::with_capacity(HEADER + samples.len() * 2);
    file.extend(b"RIFF");
    file.extend((data + HEADER as u32 - 8).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(data.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// So much silence as a file.
pub(crate) fn silence(length: SignedDuration) -> Vec<u8> {
    let samples = length.as_millis().max(0) * i128::from(RATE) / 1000;
    file(&vec![0; usize::try_from(samples).unwrap_or(0)])
}

/// A file of any WAV format, cut off after `length`; as it is when it cannot be read or is shorter.
pub(crate) fn cut(mut file: Vec<u8>, length: SignedDuration) -> Vec<u8> {
    let Some((start, data, rate, block)) = shape(&file) else { return file };
    let bytes = length.as_millis().max(0) * i128::from(rate) / 1000;
    let Ok(keep) = usize::try_from(bytes) else { return file };
    let keep = keep - keep % block.max(1);
    if keep >= data {
        return file;
    }
    file.truncate(start + keep);
    file[start - 4..start].copy_from_slice(&(keep as u32).to_le_bytes());
    let whole = (start + keep - 8) as u32;
    file[4..8].copy_from_slice(&whole.to_le_bytes());
    file
}

/// Where the samples begin, how many bytes they are, bytes a second, bytes of one moment.
fn shape(file: &[u8]) -> Option<(usize, usize, u32, usize)> {
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let number = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?));
    let (mut at, mut format) = (12, None);
    loop {
        let (name, length) = (file.get(at..at + 4)?, number(at + 4)? as usize);
        let start = at + 8;
        if name == b"fmt " {
            let block = u16::from_le_bytes(file.get(start + 12..start + 14)?.try_into().ok()?);
            format = Some((number(start + 8)?, usize::from(block)));
        }
        if name == b"data" {
            let (rate, block) = format?;
            return Some((start, length.min(file.len() - start), rate, block));
        }
        // Pieces begin at even places.
        at = start.checked_add(length)?.checked_add(length % 2)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_where_the_recording_was_stopped() {
        let two = SignedDuration::from_secs(2);
        let whole = silence(two * 2);
        assert_eq!(whole.len(), HEADER + 4 * 16_000);
        assert_eq!(cut(whole.clone(), two), silence(two));
        assert_eq!(cut(whole.clone(), two * 9), whole);
        assert_eq!(cut(b"no sound".to_vec(), two), b"no sound");
        assert_eq!(cut(whole[..40].to_vec(), two), &whole[..40]);
    }
}
