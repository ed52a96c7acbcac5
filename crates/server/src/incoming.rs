//! Calls that come in: each goes to the centre whose line was called, and there to its hotline.

use duty::{
    lines::{Lines, Offer},
    tenants::{self, Tenant},
};
use health::hotline::Reception;
use kernel::Result;
use std::{collections::BTreeMap, sync::Arc};
use store::Store;
use tokio::sync::{Mutex, mpsc, watch};

/// Calls offered by one network.
pub type Offers = Arc<Mutex<mpsc::Receiver<Offer>>>;

/// Whose calls a network brings.
#[derive(Clone)]
pub enum Whose {
    /// By the trunk: the centre's name in addresses. A trunk that names none brings the calls of the one centre.
    ByTrunk(Arc<BTreeMap<String, String>>),
    /// The one centre of this database; with several nobody could tell.
    TheOnly,
}

/// Takes in the calls of one network. Cheap to clone.
#[derive(Clone)]
pub struct Incoming {
    pub store: Store,
    pub lines: Arc<dyn Lines>,
    pub reception: Reception,
    pub offers: Offers,
    pub whose: Whose,
}

impl Incoming {
    /// Runs until `stop`, or until the network has ended.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut offers = self.offers.lock().await;
        loop {
            tokio::select! {
                offer = offers.recv() => match offer {
                    Some(offer) => self.take(offer).await,
                    None => break,
                },
                _ = stop.changed() => return,
            }
        }
        drop(offers);
        let _ = stop.changed().await;
    }

    async fn take(&self, offer: Offer) {
        let (call, trunk) = (offer.call, offer.trunk.clone());
        match self.centre(&trunk).await {
            Ok(Some(tenant)) => {
                let reception = self.reception.clone();
                tokio::spawn(async move {
                    if let Err(error) = reception.receive(&tenant, offer).await {
                        tracing::warn!(%error, %call, "a call that came in was not seen to its end");
                    }
                });
            }
            Ok(None) => {
                tracing::warn!(trunk, "a call came in that is no centre's");
                let _ = self.lines.refuse(call, 404).await;
            }
            Err(error) => {
                tracing::warn!(%error, trunk, "whose call this is cannot be looked up");
                let _ = self.lines.refuse(call, 480).await;
            }
        }
    }

    async fn centre(&self, trunk: &str) -> Result<Option<Tenant>> {
        let tenants = tenants::find(&self.store).await?;
        let named = match &self.whose {
            Whose::ByTrunk(centres) => centres.get(trunk).map(String::as_str),
            Whose::TheOnly => None,
        };
        Ok(of_centre(tenants, named))
    }
}

/// The centre that is named, or the only one where none is.
fn of_centre<T>(mut centres: BTreeMap<String, T>, named: Option<&str>) -> Option<T> {
    match named {
        Some(slug) => centres.remove(slug),
        None if centres.len() == 1 => centres.into_values().next(),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of_centre;
    use std::collections::BTreeMap;

    #[test]
    fn a_trunk_that_names_no_centre_brings_the_calls_of_the_only_one() {
        let centres = |slugs: &[&str]| -> BTreeMap<String, String> {
            slugs.iter().map(|slug| ((*slug).to_owned(), (*slug).to_owned())).collect()
        };
        let (one, two) = (centres(&["quan7"]), centres(&["quan7", "quan8"]));
        assert_eq!(of_centre(one.clone(), None).as_deref(), Some("quan7"));
        assert_eq!(of_centre(two.clone(), None), None);
        assert_eq!(of_centre(two, Some("quan8")).as_deref(), Some("quan8"));
        assert_eq!(of_centre(one, Some("quan9")), None);
        assert_eq!(of_centre(centres(&[]), None), None);
    }
}
