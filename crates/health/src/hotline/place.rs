//! Choosing by keys from what is read out.

use super::{branches::TRIES, visit::Visit, words};
use duty::{lines::Heard, prompts::Say, units};
use kernel::{Result, UnitId};

/// What came of a choice.
pub(super) enum Chosen {
    /// By its place.
    One(usize),
    Nothing,
    /// A person is asked for.
    Person,
    Gone,
}

impl Visit<'_> {
    /// One of these, by its number counted from 1.
    pub async fn choose_of(&mut self, key: &str, names: &[Say]) -> Result<Chosen> {
        let question = words::choose(key, names);
        let most = names.len().to_string().len();
        for _ in 0..TRIES {
            match self.ask(&question, most, words::ONE_KEY).await? {
                Heard::Gone => return Ok(Chosen::Gone),
                Heard::Keys(keys) if keys == "0" => return Ok(Chosen::Person),
                Heard::Keys(keys) => match keys.parse::<usize>() {
                    Ok(n) if (1..=names.len()).contains(&n) => return Ok(Chosen::One(n - 1)),
                    _ => {}
                },
                Heard::Nothing => {}
            }
        }
        Ok(Chosen::Nothing)
    }

    /// The ward where somebody is, if he says so; the only one of a tenant is not asked for.
    pub async fn ward(&mut self) -> Result<Option<UnitId>> {
        let mut cx = self.cx().await?;
        let tree = units::tree(&mut cx).await?;
        cx.rollback().await?;
        let mut wards: Vec<(String, String, UnitId)> =
            tree.wards().map(|ward| (ward.code.clone(), ward.short.clone(), ward.id)).collect();
        wards.sort();
        if let [(_, _, only)] = wards[..] {
            return Ok(Some(only));
        }
        let names: Vec<Say> = wards.iter().map(|(_, name, _)| Say::text(name.as_str())).collect();
        Ok(match self.choose_of("hotline.ward", &names).await? {
            Chosen::One(at) => Some(wards[at].2),
            Chosen::Nothing | Chosen::Person | Chosen::Gone => None,
        })
    }
}
