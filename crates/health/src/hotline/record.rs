//! What is recorded: conversations with operators, and messages.

use super::{
    leg::gone,
    model::{End, Owing, Topic},
    owed::{self, NewOwed},
    reception::Tapes,
    visit::Visit,
};
use duty::{
    calls::recordings,
    lines::{Hear, Heard, Spoken},
};
use kernel::{RecordingId, Result};
use std::{path::PathBuf, time::Duration};

/// A network that does not tell of the end of a recording is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(3);

impl Visit<'_> {
    /// Begins to record a conversation; a disk or network that cannot is no reason not to talk.
    pub async fn begin_recording(&self, hear: Hear) -> Option<PathBuf> {
        let tapes = self.on.kept.as_ref()?;
        let into = tapes.spool.join(format!("{}.wav", self.call()));
        match self.on.lines.record(self.call(), into.clone(), hear).await {
            Ok(()) => Some(into),
            Err(error) => {
                tracing::warn!(%error, call = %self.call(), "a call is not recorded");
                None
            }
        }
    }

    /// Ends a recording and files it; `None` where nothing could be kept.
    pub async fn file_recording(
        &mut self,
        from: Option<PathBuf>,
        kind: recordings::Kind,
    ) -> Option<RecordingId> {
        let (path, tapes) = (from?, self.on.kept.clone()?);
        if let Err(error) = gone(self.on.lines.stop_recording(self.call()).await) {
            tracing::warn!(%error, call = %self.call(), "a recording could not be ended");
        }
        let ended = async { while self.talk.recorded().is_none() && self.talk.next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            tracing::warn!(call = %self.call(), "nobody told that a recording has ended");
        }
        match self.keep(&tapes, &path, kind).await {
            Ok(id) => Some(id),
            Err(error) => {
                tracing::error!(%error, call = %self.call(), "a recording could not be filed");
                None
            }
        }
    }

    async fn keep(
        &self,
        tapes: &Tapes,
        path: &std::path::Path,
        kind: recordings::Kind,
    ) -> Result<RecordingId> {
        let mut cx = self.cx().await?;
        let id = recordings::file(&mut cx, tapes.shelf.as_ref(), self.call(), path, kind).await?;
        cx.commit().await?;
        Ok(id)
    }

    /// A message is spoken and becomes a ticket, also where the recording failed and where he hung up
    /// after it.
    pub async fn leave_message(&mut self, topic: Topic) -> Result<End> {
        if !self.tell_caller(&["hotline.voicemail"]).await? {
            return Ok(End::Abandoned);
        }
        let path = self.begin_recording(Hear::Inbound).await;
        // The message is spoken after the tone.
        let heard = self.talk.ask(&Spoken::beep(), 1, self.law.message_longest).await?;
        let recording = self.file_recording(path, recordings::Kind::VoiceMessage).await;
        let call = self.call();
        let from = self.from.clone();
        let kind = if recording.is_some() { Owing::VoiceMessage } else { Owing::CallBack };
        let new = NewOwed { recording, ..NewOwed::of(call, kind, topic, from.as_ref()) };
        let mut cx = self.cx().await?;
        owed::open(&mut cx, Some(self.tenant), &new).await?;
        cx.commit().await?;
        if heard != Heard::Gone {
            let said = if recording.is_some() { "hotline.message_kept" } else { "hotline.no_message" };
            self.tell_caller(&[said]).await?;
        }
        Ok(End::Promised { message: recording.is_some() })
    }
}
