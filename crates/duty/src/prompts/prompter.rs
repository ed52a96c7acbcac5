//! From pieces to sound: what is recorded is taken, the rest is synthesised.

use super::{
    cache::{Folder, MOST_BYTES, Memory, Turns, name_of},
    model::{Say, Version, length_of},
    shipped, sound, spoken, sql,
    tape::{self, Tape},
};
use crate::lines::Spoken;
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
    turns: Turns,
}

/// What will be said: words and recordings, read from the tenant's versions. Making it sound needs no
/// transaction.
pub struct Announcement {
    groups: Vec<Group>,
}

/// What is said as a whole or not at all.
struct Group {
    pieces: Vec<Piece>,
    /// Said where the pieces cannot be.
    instead: Option<Piece>,
    /// Whether the rest is said without it.
    may_lack: bool,
}

struct Piece {
    words: String,
    part: Part,
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

/// How a message may be heard where something in it is neither recorded nor can be synthesised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gaps {
    /// Not at all.
    No,
    /// Without it.
    Yes,
    /// The same, and nothing is synthesised.
    OfAllThatIsNotRecorded,
}

/// Recordings that are heard now, by key.
type Heard = BTreeMap<String, Version>;

impl Prompter {
    /// `cache` is a folder for speech that names nobody; without one it is kept in memory alone.
    pub fn new(speech: Option<Arc<dyn Speech>>, cache: Option<PathBuf>) -> Self {
        let folder = cache.map(|path| Arc::new(Folder::new(path, MOST_BYTES)));
        let (memory, turns) = (Memory::default(), Turns::default());
        Self(Arc::new(Inner { speech, silent: false, memory, folder, turns }))
    }

    /// Words only, for a network without sound: no samples, a length by the words.
    pub fn silent() -> Self {
        let (memory, turns) = (Memory::default(), Turns::default());
        Self(Arc::new(Inner { speech: None, silent: true, memory, folder: None, turns }))
    }

    /// Whether words that nobody has recorded can be heard.
    pub async fn synthesises(&self) -> bool {
        match &self.0.speech {
            Some(speech) => speech.works().await,
            None => false,
        }
    }

    /// Asks the voice itself to speak, whatever it has said before. `Unavailable` when it does not speak now; a network
    /// without sound needs none.
    pub async fn ask_voice(&self, words: &str) -> Result<()> {
        match &self.0.speech {
            Some(speech) => speech.speak(words).await.map(drop),
            None if self.0.silent => Ok(()),
            None => Err(Error::Unavailable("nothing synthesises words".into())),
        }
    }

    /// Reads what the tenant has recorded. `Internal` names a clip that does not ship.
    pub async fn prepare(&self, cx: &mut Cx, says: &[Say]) -> Result<Announcement> {
        let heard = self.heard(cx, says).await?;
        let mut groups = Vec::with_capacity(says.len());
        for say in says {
            let (inner, instead, may_lack) = match say {
                Say::Together { says, instead } => (&says[..], *instead, instead.is_none()),
                say => (std::slice::from_ref(say), None, false),
            };
            let mut pieces = Vec::with_capacity(inner.len());
            for say in inner {
                pieces.extend(self.piece(cx, &heard, say).await?);
            }
            let instead = match instead {
                Some(key) => Some(self.clip(cx, &heard, key).await?),
                None => None,
            };
            groups.push(Group { pieces, instead, may_lack });
        }
        Ok(Announcement { groups })
    }

    /// What these pieces could take from recordings.
    async fn heard(&self, cx: &mut Cx, says: &[Say]) -> Result<Heard> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for say in says {
            self.keys_of(say, &mut keys);
        }
        if keys.is_empty() {
            return Ok(Heard::new());
        }
        let keys: Vec<String> = keys.into_iter().collect();
        let heard = sql::heard(cx, Some(&keys)).await?;
        Ok(heard.into_iter().map(|version| (version.key.clone(), version)).collect())
    }

    fn keys_of(&self, say: &Say, keys: &mut BTreeSet<String>) {
        match say {
            Say::Clip(key) => {
                keys.insert(key.clone());
            }
            Say::Together { says, instead } => {
                keys.extend(instead.map(str::to_owned));
                for say in says {
                    self.keys_of(say, keys);
                }
            }
            say if say.is_figures() && !self.0.silent => {
                keys.extend(number_keys(&say.words()).into_iter().flatten().map(str::to_owned));
            }
            _ => {}
        }
    }

    /// `None` for what has no words.
    async fn piece(&self, cx: &mut Cx, heard: &Heard, say: &Say) -> Result<Option<Piece>> {
        let words = say.words();
        let part = match say {
            Say::Clip(key) => return self.clip(cx, heard, key).await.map(Some),
            Say::Pause(length) => Part::Pause((*length).clamp(SignedDuration::ZERO, MOST_PAUSE)),
            _ if words.is_empty() => return Ok(None),
            say => match self.figures(cx, heard, say, &words).await? {
                Some(figures) => Part::Figures(figures),
                None if matches!(say, Say::Digits(_) | Say::Phone(_)) => {
                    Part::OneByOne(words.split_whitespace().map(str::to_owned).collect())
                }
                None => Part::Words { words: words.clone(), kept: say.may_be_kept() },
            },
        };
        Ok(Some(Piece { words, part }))
    }

    async fn clip(&self, cx: &mut Cx, heard: &Heard, key: &str) -> Result<Piece> {
        let Some((_, shipped)) = shipped::known(key) else {
            return Err(Error::internal(format!("no announcement {key}")));
        };
        let own = heard.get(key);
        let words = own.map_or(shipped, |own| own.words.as_str()).to_owned();
        let part = match own.filter(|own| own.recorded() && !self.0.silent) {
            Some(own) => Part::Recorded(self.recorded(cx, own.id).await?),
            None => Part::Words { words: words.clone(), kept: true },
        };
        Ok(Piece { words, part })
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

    /// Makes it sound. `Unavailable` when something in it is neither recorded nor can be synthesised.
    pub async fn sound(&self, ready: &Announcement) -> Result<Spoken> {
        self.together(ready, Gaps::No).await
    }

    /// The same where a gap is better than silence: what nothing says is left out. `Unavailable` when nothing is
    /// left.
    pub async fn sound_with_gaps(&self, ready: &Announcement) -> Result<Spoken> {
        self.together(ready, Gaps::Yes).await
    }

    /// What of it can be heard at once, without any synthesis: recordings, and what was synthesised before.
    pub async fn sound_at_once(&self, ready: &Announcement) -> Result<Spoken> {
        self.together(ready, Gaps::OfAllThatIsNotRecorded).await
    }

    /// These words as they are synthesised, whatever is recorded.
    pub async fn read(&self, words: &str) -> Result<Spoken> {
        let part = Part::Words { words: words.to_owned(), kept: true };
        let pieces = vec![Piece { words: words.to_owned(), part }];
        self.sound(&Announcement { groups: vec![Group { pieces, instead: None, may_lack: false }] }).await
    }

    async fn together(&self, ready: &Announcement, gaps: Gaps) -> Result<Spoken> {
        if self.0.silent {
            let (words, length) = (ready.words(), ready.silent_length());
            return Ok(Spoken { words, samples: Arc::from([0_i16; 0]), length });
        }
        let mut tape = Tape::default();
        let mut voice = gaps != Gaps::OfAllThatIsNotRecorded;
        for group in &ready.groups {
            let mut said = &group.pieces[..];
            let mut sounds = self.sounds(said, voice).await;
            if matches!(sounds, Err(Error::Unavailable(_))) {
                // Who listens does not wait for a voice that hangs once for each gap.
                voice &= gaps == Gaps::No;
                if let Some(instead) = &group.instead {
                    said = std::slice::from_ref(instead);
                    sounds = self.sounds(said, voice).await;
                }
            }
            match sounds {
                Ok(sounds) => {
                    for (piece, sound) in said.iter().zip(sounds) {
                        match piece.part {
                            Part::Pause(length) => tape.pause(length),
                            _ => tape.say(&piece.words, &sound),
                        }
                    }
                }
                Err(Error::Unavailable(_)) if gaps != Gaps::No || group.may_lack => {}
                Err(other) => return Err(other),
            }
        }
        let spoken = tape.spoken();
        if spoken.words.is_empty() && !ready.words().is_empty() {
            return Err(Error::Unavailable("nothing of this is recorded, and nothing synthesises it".into()));
        }
        Ok(spoken)
    }

    /// The sound of all these pieces.
    async fn sounds(&self, pieces: &[Piece], voice: bool) -> Result<Vec<Arc<[i16]>>> {
        let mut sounds = Vec::with_capacity(pieces.len());
        for piece in pieces {
            sounds.push(match &piece.part {
                Part::Recorded(sound) => sound.clone(),
                Part::Figures(sounds) => tape::joined(sounds).into(),
                Part::Words { words, kept } => self.synthesised(&spoken::aloud(words), *kept, voice).await?,
                Part::OneByOne(figures) => {
                    let mut samples = Vec::new();
                    for figure in figures {
                        let plain = figure.trim_end_matches(',');
                        samples.extend_from_slice(&self.synthesised(plain, true, voice).await?);
                        if plain.len() < figure.len() {
                            tape::quiet(&mut samples, tape::REST);
                        }
                    }
                    samples.into()
                }
                Part::Pause(_) => Arc::from([0_i16; 0]),
            });
        }
        Ok(sounds)
    }

    /// Words as speech: from memory, from the disk, or, where `voice` may still be asked, made now.
    async fn synthesised(&self, words: &str, kept: bool, voice: bool) -> Result<Arc<[i16]>> {
        let Some(speech) = &self.0.speech else {
            return Err(Error::Unavailable(
                "nobody has recorded these words, and nothing synthesises them".into(),
            ));
        };
        let name = name_of(speech.voice(), words);
        if let Some(sound) = self.0.memory.get(&name) {
            return Ok(sound);
        }
        // Sixty calls about the same thing ask for the same words in the same second: one makes them.
        let turn = self.0.turns.of(&name);
        let _turn = if voice {
            turn.lock().await
        } else {
            turn.try_lock().map_err(|_| Error::Unavailable("these words are being synthesised".into()))?
        };
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
        if !voice {
            return Err(Error::Unavailable("these words have not been synthesised yet".into()));
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
    pub fn words(&self) -> String {
        let words = self.groups.iter().flat_map(|group| &group.pieces).map(|piece| piece.words.as_str());
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn silent_length(&self) -> SignedDuration {
        let words = self.words();
        let speech = if words.is_empty() { SignedDuration::ZERO } else { length_of(&words) };
        let pauses = self.groups.iter().flat_map(|group| &group.pieces).map(|piece| match piece.part {
            Part::Pause(length) => length,
            _ => SignedDuration::ZERO,
        });
        pauses.fold(speech, SignedDuration::saturating_add)
    }
}

/// The keys of the words of a number; `None` when one of them is no word of a number.
fn number_keys(words: &str) -> Option<Vec<&'static str>> {
    words.split_whitespace().map(|word| shipped::number_key(word.trim_end_matches(','))).collect()
}
