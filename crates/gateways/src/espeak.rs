//! Speech by `espeak-ng`, a program of its own beside ours: its licence (GPL) allows it to be run, not to be
//! linked. Robotic, and there without any network: recorded clips are better wherever somebody has made them.

use async_trait::async_trait;
use duty::prompts::{Speech, from_wav};
use kernel::{Error, Result};
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{io::AsyncWriteExt, process::Command, sync::Semaphore};

/// A sentence takes a fifth of a second; a program that hangs is ended.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many speak at once: they are short, and calls need the processor too.
const AT_ONCE: usize = 2;
/// By which it is tried whether it speaks.
const PROBE: &str = "một";

/// Vietnamese by `espeak-ng`.
pub struct Espeak {
    program: PathBuf,
    patience: Duration,
    turns: Semaphore,
}

impl Default for Espeak {
    fn default() -> Self {
        Self::at("espeak-ng")
    }
}

impl Espeak {
    /// A program that is called as `espeak-ng` is.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), patience: PATIENCE, turns: Semaphore::new(AT_ONCE) }
    }

    /// With another time limit.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What the program calls itself; `Unavailable` when it is not there.
    pub async fn version(&self) -> Result<String> {
        let said = self.run(&["--version"], "").await?;
        let line = String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned();
        // "eSpeak NG text-to-speech: 1.51  Data at: …"
        Ok(line.split("  Data at").next().unwrap_or(&line).to_owned())
    }

    /// What it calls itself, once it has really spoken: the program may be there and its Vietnamese voice not.
    pub async fn probe(&self) -> Result<String> {
        let version = self.version().await?;
        self.speak(PROBE).await?;
        Ok(version)
    }

    /// What it writes, given this to read.
    async fn run(&self, arguments: &[&str], read: &str) -> Result<Vec<u8>> {
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        // Ended with this call, however it ends.
        let mut child = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::Unavailable(format!("{}: {error}", self.program.display())))?;
        let input = child.stdin.take();
        let write = async move {
            if let Some(mut input) = input {
                // A program that does not want it all says so by how it ends.
                let _ = input.write_all(read.as_bytes()).await;
            }
        };
        let both = async { tokio::join!(write, child.wait_with_output()).1 };
        let late = |_| {
            let seconds = self.patience.as_secs_f64();
            Error::Unavailable(format!("speech has not come within {seconds} s"))
        };
        let output = tokio::time::timeout(self.patience, both).await.map_err(late)?;
        let output = output.map_err(|error| Error::Unavailable(format!("speech: {error}")))?;
        if !output.status.success() {
            return Err(Error::Unavailable(format!(
                "speech: {} ended with {}",
                self.program.display(),
                output.status
            )));
        }
        Ok(output.stdout)
    }
}

#[async_trait]
impl Speech for Espeak {
    fn voice(&self) -> &'static str {
        "espeak-ng vi"
    }

    async fn speak(&self, words: &str) -> Result<Vec<i16>> {
        // Double brackets would be sounds instead of words.
        let plain = words.replace(['[', ']'], " ");
        // UTF-8, all of it before the first sound; a little slower than it would by itself.
        let file = self.run(&["-v", "vi", "-b", "1", "-s", "150", "--stdin", "--stdout"], &plain).await?;
        let samples = tokio::task::spawn_blocking(move || from_wav(&file)).await.map_err(Error::internal)?;
        match samples {
            Ok(samples) if !samples.is_empty() => Ok(samples),
            _ => Err(Error::Unavailable("speech came without sound".into())),
        }
    }

    async fn works(&self) -> bool {
        self.speak(PROBE).await.is_ok()
    }
}
