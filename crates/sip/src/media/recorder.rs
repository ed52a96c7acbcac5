//! Recording into a WAV file without ever making the call wait: the media thread puts frames into
//! a bounded queue, a thread of its own writes them. A slow disk costs frames (written as silence, so
//! that the recording keeps its time), a full disk ends the recording; the call goes on.

use super::rtp::FRAME;
use crate::{
    counters::{Count, Counters},
    event::{Teller, What},
    g711::RATE,
};
use std::{
    io::{self, BufWriter, Seek, SeekFrom, Write},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
};

/// Five seconds wait for the disk.
const QUEUE: usize = 250;
const HEADER: u64 = 44;
/// A WAV file counts its bytes in 32 bits.
const MOST_SAMPLES: u64 = (u32::MAX as u64 - HEADER) / 2;

/// Where a recording is written.
pub trait Sink: Write + Seek + Send {}
impl<T: Write + Seek + Send> Sink for T {}

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hear {
    /// What the other side says.
    Inbound,
    /// Both sides, added.
    Mixed,
}

/// The media thread's end of a recording.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub hear: Hear,
    frames: SyncSender<Piece>,
    lost: u64,
}

struct Piece {
    /// Frames lost before this one.
    lost: u64,
    samples: [i16; FRAME],
}

impl Recorder {
    pub(crate) fn start(
        recording: u64,
        hear: Hear,
        sink: Box<dyn Sink>,
        teller: Teller,
        counters: Counters,
    ) -> io::Result<Self> {
        let (frames, pieces) = sync_channel(QUEUE);
        thread::Builder::new().name("sip-recorder".into()).stack_size(256 * 1024).spawn(move || {
            let mut wav = Wav { out: BufWriter::new(sink), samples: 0, lost: 0 };
            let outcome = wav.write(&pieces);
            drop(pieces);
            if wav.lost > 0 {
                counters.add(Count::RecordingFramesLost, wav.lost);
            }
            if let Err(error) = &outcome {
                counters.one(Count::RecordingsFailed);
                tracing::warn!(%error, "a recording ended early");
            }
            teller.tell(What::RecordingEnded {
                recording,
                samples: wav.samples,
                lost_frames: wav.lost,
                error: outcome.err().map(|error| error.kind()),
            });
        })?;
        Ok(Self { hear, frames, lost: 0 })
    }

    /// `false` when the recording has ended by itself.
    pub(crate) fn push(&mut self, samples: &[i16; FRAME]) -> bool {
        match self.frames.try_send(Piece { lost: self.lost, samples: *samples }) {
            Ok(()) => self.lost = 0,
            Err(TrySendError::Full(_)) => self.lost += 1,
            Err(TrySendError::Disconnected(_)) => return false,
        }
        true
    }
}

struct Wav {
    out: BufWriter<Box<dyn Sink>>,
    samples: u64,
    lost: u64,
}

impl Wav {
    fn write(&mut self, pieces: &Receiver<Piece>) -> io::Result<()> {
        // Until the end is known the length is "as much as there is", so a file cut off by a crash plays.
        self.out.write_all(&header(u32::MAX - HEADER as u32))?;
        while let Ok(piece) = pieces.recv() {
            self.lost += piece.lost;
            for _ in 0..piece.lost {
                self.frame(&[0; FRAME])?;
            }
            self.frame(&piece.samples)?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header((self.samples * 2) as u32))?;
        self.out.flush()
    }

    fn frame(&mut self, samples: &[i16; FRAME]) -> io::Result<()> {
        if self.samples + FRAME as u64 > MOST_SAMPLES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        for sample in samples {
            self.out.write_all(&sample.to_le_bytes())?;
        }
        self.samples += FRAME as u64;
        Ok(())
    }
}

/// Mono, 16 bits, 8 kHz.
fn header(data: u32) -> [u8; HEADER as usize] {
    let mut header = [0; HEADER as usize];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&(data.saturating_add(HEADER as u32 - 8)).to_le_bytes());
    header[8..20].copy_from_slice(b"WAVEfmt \x10\0\0\0");
    header[20..24].copy_from_slice(&[1, 0, 1, 0]);
    header[24..28].copy_from_slice(&RATE.to_le_bytes());
    header[28..32].copy_from_slice(&(RATE * 2).to_le_bytes());
    header[32..36].copy_from_slice(&[2, 0, 16, 0]);
    header[36..40].copy_from_slice(b"data");
    header[40..].copy_from_slice(&data.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Events;
    use std::{
        io::Cursor,
        sync::{Arc, Mutex, mpsc},
    };

    /// A disk of limited size whose contents a test can read.
    #[derive(Clone)]
    struct Disk {
        bytes: Arc<Mutex<Cursor<Vec<u8>>>>,
        room: usize,
    }

    impl Disk {
        fn new(room: usize) -> Self {
            Self { bytes: Arc::default(), room }
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.bytes.lock().unwrap();
            if disk.position() as usize + bytes.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.bytes.lock().unwrap().seek(to)
        }
    }

    async fn ended(events: &mut Events) -> (u64, u64, Option<io::ErrorKind>) {
        match events.next().await.unwrap().what {
            What::RecordingEnded { samples, lost_frames, error, .. } => (samples, lost_frames, error),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_recording_is_a_wav_file() {
        let (disk, (teller, mut events)) = (Disk::new(usize::MAX), Teller::new());
        let mut recorder =
            Recorder::start(1, Hear::Inbound, Box::new(disk.clone()), teller, Counters::default()).unwrap();
        for n in 0..100 {
            assert!(recorder.push(&[n; FRAME]));
        }
        drop(recorder);
        assert_eq!(ended(&mut events).await, (16_000, 0, None));
        let bytes = disk.bytes.lock().unwrap().get_ref().clone();
        assert_eq!(bytes.len(), 44 + 32_000);
        assert_eq!(&bytes[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize, bytes.len() - 8);
        assert_eq!(u32::from_le_bytes(bytes[40..44].try_into().unwrap()), 32_000);
        assert_eq!(bytes[44 + 320 * 7..][..2], 7_i16.to_le_bytes());
    }

    #[tokio::test]
    async fn a_full_disk_ends_the_recording_and_says_so() {
        let (disk, (teller, mut events)) = (Disk::new(20_000), Teller::new());
        let counters = Counters::default();
        let mut recorder = Recorder::start(1, Hear::Mixed, Box::new(disk), teller, counters.clone()).unwrap();
        // The queue takes what the disk does not, until the writer has noticed.
        while recorder.push(&[1; FRAME]) {
            tokio::task::yield_now().await;
        }
        let (_, _, error) = ended(&mut events).await;
        assert_eq!(error, Some(io::ErrorKind::StorageFull));
        assert_eq!(counters.get(Count::RecordingsFailed), 1);
    }

    /// A disk that stands still until the test lets it go.
    struct Stuck(mpsc::Receiver<()>, Disk);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Stuck {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1.seek(to)
        }
    }

    #[tokio::test]
    async fn a_slow_disk_costs_frames_but_no_time() {
        let (release, stuck) = mpsc::channel();
        let (disk, (teller, mut events)) = (Disk::new(usize::MAX), Teller::new());
        let counters = Counters::default();
        let sink = Box::new(Stuck(stuck, disk));
        let mut recorder = Recorder::start(1, Hear::Mixed, sink, teller, counters.clone()).unwrap();
        for _ in 0..1_000 {
            assert!(recorder.push(&[1; FRAME]));
        }
        drop(release);
        while recorder.lost > 0 {
            tokio::task::yield_now().await;
            assert!(recorder.push(&[2; FRAME]));
        }
        drop(recorder);
        let (samples, lost, error) = ended(&mut events).await;
        assert!(lost > 600 && samples >= 1_000 * FRAME as u64, "{lost} {samples}");
        assert_eq!((error, counters.get(Count::RecordingFramesLost)), (None, lost));
    }
}
