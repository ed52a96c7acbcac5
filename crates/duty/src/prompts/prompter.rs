//! From pieces to sound: what is recorded is taken, the rest is synthesised.

use super::{
    cache::{Folder, MOST_BYTES, Memory, name_of},
    model::{Say, Version, length_of},
    shipped, sound, spoken, sql,
};
use crate::lines::{RATE, Spoken};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{ClipId, Error, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};
use store::Cx;

/// Synthesis of speech by a program outside ours.
#[async_trait]
pub trait Speech: Send + Sync {
    /// Who speaks: program, language and voice. Speech of another voice is kept apart.
    fn voice(&self) -> &str;

    /// Vietnamese words, figures in words too, as samples at [`RATE`]. `Unavailable` when it cannot speak now.
    /// Errors never hold the words.
    async fn speak(&self, words: &str) -> Result<Vec<i16>>;

    /// Whether it can speak at all on this machine.
    async fn works(&self) -> bool {
        true
    }
}

/// Between two pieces of speech; recorded words of one number follow each other faster.
const REST: SignedDuration = SignedDuration::from_millis(150);
const WORD_REST: SignedDuration = SignedDuration::from_millis(40);
/// Longest pause that is meant.
const MOST_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// Gives announcements their sound. Cheap to clone.
#[derive(Clone)]
pub struct Prompter(Arc<Inner>);

struct Inner {
    speech: Option<Arc<dyn Speech>>,
    /// Words without sound.
    silent: bool,
    memory: Memory,
    folder: Option<Arc<Folder>>,
}

/// What will be said: words and recordings, read from the tenant's versions. Making it sound needs no
/// transaction.
pub struct Announcement {
    words: String,
    parts: Vec<Part>,
}

enum Part {
    Recorded(Arc<[i16]>),
    /// Words of one number, recorded one by one.
    Figures(Vec<Arc<[i16]>>),
    Words {
        words: String,
        /// Whether they may lie on the disk.
        kept: bool,
    },
    /// Each of these figures by itself, so that no number of anybody lies on the disk.
    OneByOne(Vec<String>),
    Pause(SignedDuration),
}

/// Recordings that are heard now, by key.
type Heard = BTreeMap<String, Version>;

impl Prompter {
    /// `cache` is a folder for speech that names nobody; without one it is kept in memory alone.
    pub fn new(speech: Option<Arc<dyn Speech>>, cache: Option<PathBuf>) -> Self {
        let folder = cache.map(|path| Arc::new(Folder::new(path, MOST_BYTES)));
        Self(Arc::new(Inner { speech, silent: false, memory: Memory::default(), folder }))
    }

    /// Words only, for a network without sound: no samples, a length by the words.
    pub fn silent() -> Self {
        Self(Arc::new(Inner { speech: None, silent: true, memory: Memory::default(), folder: None }))
    }

    /// Whether words that nobody has recorded can be heard.
    pub async fn synthesises(&self) -> bool {
        match &self.0.speech {
            Some(speech) => speech.works().await,
            None => false,
        }
    }

    /// How these pieces sound in the tenant of `cx`. `Unavailable` when something is neither recorded nor can be
    /// synthesised. Synthesis may take seconds, in which the transaction stays open: a conversation takes
    /// [`Prompter::prepare`] and [`Prompter::sound`] instead.
    pub async fn speak(&self, cx: &mut Cx, says: &[Say]) -> Result<Spoken> {
        let ready = self.prepare(cx, says).await?;
        self.sound(&ready).await
    }

    /// Reads what the tenant has recorded. `Internal` names a clip that does not ship.
    pub async fn prepare(&self, cx: &mut Cx, says: &[Say]) -> Result<Announcement> {
        let heard = self.heard(cx, says).await?;
        let mut ready = Announcement { words: String::new(), parts: Vec::with_capacity(says.len()) };
        for say in says {
            match say {
                Say::Clip(key) => self.clip(cx, &heard, key, &mut ready).await?,
                Say::Pause(length) => {
                    ready.parts.push(Part::Pause((*length).clamp(SignedDuration::ZERO, MOST_PAUSE)));
                }
                say => {
                    let words = say.words();
                    if words.is_empty() {
                        continue;
                    }
                    let part = match self.figures(cx, &heard, say, &words).await? {
                        Some(figures) => Part::Figures(figures),
                        None if matches!(say, Say::Digits(_) | Say::Phone(_)) => {
                            Part::OneByOne(words.split_whitespace().map(str::to_owned).collect())
                        }
                        None => Part::Words { words: words.clone(), kept: say.may_be_kept() },
                    };
                    ready.add(&words, part);
                }
            }
        }
        Ok(ready)
    }

    /// What these pieces could take from recordings.
    async fn heard(&self, cx: &mut Cx, says: &[Say]) -> Result<Heard> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for say in says {
            match say {
                Say::Clip(key) => {
                    keys.insert(key.clone());
                }
                say if say.is_figures() && !self.0.silent => {
                    keys.extend(number_keys(&say.words()).into_iter().flatten().map(str::to_owned));
                }
                _ => {}
            }
        }
        if keys.is_empty() {
            return Ok(Heard::new());
        }
        let keys: Vec<String> = keys.into_iter().collect();
        let heard = sql::heard(cx, Some(&keys)).await?;
        Ok(heard.into_iter().map(|version| (version.key.clone(), version)).collect())
    }

    async fn clip(&self, cx: &mut Cx, heard: &Heard, key: &str, ready: &mut Announcement) -> Result<()> {
        let Some((_, shipped)) = shipped::known(key) else {
            return Err(Error::internal(format!("no announcement {key}")));
        };
        let own = heard.get(key);
        let words = own.map_or(shipped, |own| own.words.as_str());
        let part = match own.filter(|own| own.recorded() && !self.0.silent) {
            Some(own) => Part::Recorded(self.recorded(cx, own.id).await?),
            None => Part::Words { words: words.to_owned(), kept: true },
        };
        ready.add(words, part);
        Ok(())
    }

    /// The recorded words of a number, when all of them are there.
    async fn figures(
        &self,
        cx: &mut Cx,
        heard: &Heard,
        say: &Say,
        words: &str,
    ) -> Result<Option<Vec<Arc<[i16]>>>> {
        if !say.is_figures() || self.0.silent {
            return Ok(None);
        }
        let Some(keys) = number_keys(words) else { return Ok(None) };
        let mut ids = Vec::with_capacity(keys.len());
        for key in keys {
            match heard.get(key).filter(|own| own.recorded()) {
                Some(own) => ids.push(own.id),
                None => return Ok(None),
            }
        }
        let mut sounds = Vec::with_capacity(ids.len());
        for id in ids {
            sounds.push(self.recorded(cx, id).await?);
        }
        Ok(Some(sounds))
    }

    /// A recording never changes: it is read from the database once.
    async fn recorded(&self, cx: &mut Cx, id: ClipId) -> Result<Arc<[i16]>> {
        let name = format!("clip {id}");
        if let Some(sound) = self.0.memory.get(&name) {
            return Ok(sound);
        }
        let bytes = sql::samples(cx, id).await?.ok_or(Error::NotFound)?;
        let sound: Arc<[i16]> = sound::from_bytes(&bytes).into();
        self.0.memory.put(name, sound.clone());
        Ok(sound)
    }

    /// Makes it sound.
    pub async fn sound(&self, ready: &Announcement) -> Result<Spoken> {
        let words = ready.words.clone();
        if self.0.silent {
            return Ok(Spoken { words, samples: Arc::from([0_i16; 0]), length: ready.silent_length() });
        }
        let mut samples: Vec<i16> = Vec::new();
        let mut spoken = false;
        for part in &ready.parts {
            if let Part::Pause(length) = part {
                quiet(&mut samples, *length);
                // A pause is the rest between what stands around it.
                spoken = false;
                continue;
            }
            if spoken {
                quiet(&mut samples, REST);
            }
            spoken = true;
            match part {
                Part::Recorded(sound) => samples.extend_from_slice(sound),
                Part::Figures(sounds) => joined(&mut samples, sounds),
                Part::Words { words, kept } => {
                    samples.extend_from_slice(&self.synthesised(&spoken::aloud(words), *kept).await?);
                }
                Part::OneByOne(figures) => {
                    for figure in figures {
                        let plain = figure.trim_end_matches(',');
                        samples.extend_from_slice(&self.synthesised(plain, true).await?);
                        if plain.len() < figure.len() {
                            quiet(&mut samples, REST);
                        }
                    }
                }
                Part::Pause(_) => {}
            }
        }
        let length = length_in(&samples);
        Ok(Spoken { words, samples: samples.into(), length })
    }

    /// Words as speech: from memory, from the disk, or made now.
    async fn synthesised(&self, words: &str, kept: bool) -> Result<Arc<[i16]>> {
        let Some(speech) = &self.0.speech else {
            return Err(Error::Unavailable(
                "nobody has recorded these words, and nothing synthesises them".into(),
            ));
        };
        let name = name_of(speech.voice(), words);
        if let Some(sound) = self.0.memory.get(&name) {
            return Ok(sound);
        }
        let folder = self.0.folder.as_ref().filter(|_| kept);
        if let Some(folder) = folder {
            let (folder, name) = (folder.clone(), name.clone());
            let found =
                tokio::task::spawn_blocking(move || folder.get(&name)).await.map_err(Error::internal)?;
            if let Some(samples) = found {
                return Ok(self.remember(words, samples));
            }
        }
        let samples = speech.speak(words).await?;
        if let Some(folder) = folder {
            let (folder, copy) = (folder.clone(), samples.clone());
            tokio::task::spawn_blocking(move || folder.put(&name, &copy)).await.map_err(Error::internal)?;
        }
        Ok(self.remember(words, samples))
    }

    fn remember(&self, words: &str, samples: Vec<i16>) -> Arc<[i16]> {
        let sound: Arc<[i16]> = samples.into();
        if let Some(speech) = &self.0.speech {
            self.0.memory.put(name_of(speech.voice(), words), sound.clone());
        }
        sound
    }
}

impl Announcement {
    /// What is said, for whoever reads along: texts as they are written, figures in words.
    pub fn words(&self) -> &str {
        &self.words
    }

    fn add(&mut self, words: &str, part: Part) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(words);
        self.parts.push(part);
    }

    fn silent_length(&self) -> SignedDuration {
        let pauses = self.parts.iter().map(|part| match part {
            Part::Pause(length) => *length,
            _ => SignedDuration::ZERO,
        });
        let speech = if self.words.is_empty() { SignedDuration::ZERO } else { length_of(&self.words) };
        pauses.fold(speech, SignedDuration::saturating_add)
    }
}

/// The keys of the words of a number; `None` when one of them is no word of a number.
fn number_keys(words: &str) -> Option<Vec<&'static str>> {
    words.split_whitespace().map(|word| shipped::number_key(word.trim_end_matches(','))).collect()
}

fn joined(samples: &mut Vec<i16>, sounds: &[Arc<[i16]>]) {
    for (place, sound) in sounds.iter().enumerate() {
        if place > 0 {
            quiet(samples, WORD_REST);
        }
        samples.extend_from_slice(sound);
    }
}

fn quiet(samples: &mut Vec<i16>, length: SignedDuration) {
    let more = usize::try_from(length.as_millis() * i128::from(RATE) / 1_000).unwrap_or(0);
    samples.resize(samples.len() + more, 0);
}

fn length_in(samples: &[i16]) -> SignedDuration {
    SignedDuration::from_micros(samples.len() as i64 * 1_000_000 / i64::from(RATE))
}
