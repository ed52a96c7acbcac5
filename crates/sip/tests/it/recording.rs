//! What was said, on disk.

use crate::{
    peer::{Sipp, agent, answered, rest, trunk},
    phone::{FRAME, Phone, share, tone},
    scenario::Scenario,
};
use sip::{Count, Dial, Hear, Law, What};
use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    time::Duration,
};

const RING: Duration = Duration::from_secs(10);

pub fn samples(wav: &[u8]) -> Vec<i16> {
    assert_eq!((&wav[..4], &wav[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[tokio::test]
async fn both_sides_or_one_are_recorded() {
    for hear in [Hear::Inbound, Hear::Mixed] {
        let mut phone = Phone::new().await;
        let scenario = Scenario::new().recv("INVITE").answer(phone.address()).hung_up();
        let Some(network) = Sipp::called(&scenario).await else { return };
        let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
        let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
        answered(&mut events).await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("call.wav");
        call.record(hear, Box::new(File::create(&path).unwrap())).unwrap();
        call.play(tone(440.0, RING)).unwrap();
        phone.converse(Law::Pcma, &tone(1_000.0, Duration::from_secs(2))).await;
        call.hang_up();
        let told = rest(&mut events).await;
        let recorded = told.iter().find_map(|what| match what {
            What::RecordingEnded { samples, lost_frames: 0, error: None, .. } => Some(*samples),
            _ => None,
        });
        let heard = samples(&std::fs::read(&path).unwrap());
        assert_eq!(recorded, Some(heard.len() as u64), "{told:?}");
        let middle = &heard[FRAME * 20..FRAME * 80];
        let (theirs, ours) = (share(middle, 1_000.0), share(middle, 440.0));
        match hear {
            Hear::Inbound => assert!(theirs > 0.9 && ours < 0.01, "{theirs} {ours}"),
            Hear::Mixed => assert!(theirs > 0.4 && ours > 0.4, "{theirs} {ours}"),
        }
        network.succeeded().await;
    }
}

/// A disk without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[tokio::test]
async fn a_full_disk_does_not_end_the_call() {
    let mut phone = Phone::new().await;
    let scenario = Scenario::new().recv("INVITE").answer(phone.address()).hung_up();
    let Some(network) = Sipp::called(&scenario).await else { return };
    let (agent, _incoming) = agent(vec![trunk(network.address)]).await;
    let (call, mut events) = agent.call(Dial::new("0901234567", "a", RING)).unwrap();
    answered(&mut events).await;
    call.record(Hear::Mixed, Box::new(Full)).unwrap();
    let error = crate::peer::until(&mut events, |what| match what {
        What::RecordingEnded { error, .. } => Some(*error),
        _ => None,
    })
    .await;
    assert_eq!(error, Some(io::ErrorKind::StorageFull));
    assert_eq!(agent.counters().get(Count::RecordingsFailed), 1);
    phone.receive_many(10).await;
    assert!(call.is_talking());
    call.hang_up();
    network.succeeded().await;
}
