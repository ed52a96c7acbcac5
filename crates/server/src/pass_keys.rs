//! `vungxanh pass keys|root|trust-list`: the keys that sign passes, and the root that names them. The root
//! is made and signs on a machine without a network; only its public key and its lists come here.

use crate::{
    command::{OK, print},
    people::{named, with_store},
    settings::Settings,
};
use ::pass::SigningKey;
use clap::{Args, Subcommand};
use health::passes::{self, Exported, Key};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Error, Result, Rng, clock::machine_now};
use serde_json::json;
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use store::{Cx, Store};

const PART: Actor = Actor::system("pass.keys");

#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys: which sign, which the trust list names, until when
    List(OfTenant),
    /// Make new keys now; they sign once the trust list names them
    Rotate(OfTenant),
    /// Print the public keys as JSON, for the root to sign
    Export {
        /// The tenant's name in addresses (`quan7`)
        #[arg(long)]
        tenant: String,
    },
}

#[derive(Args)]
pub struct OfTenant {
    /// The tenant's name in addresses (`quan7`)
    #[arg(long)]
    tenant: String,
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
pub enum RootCommand {
    /// Make a root key, on a machine without a network; no file is ever overwritten
    New {
        /// Where the private key goes: into the safe with it
        #[arg(long, default_value = "root.pem")]
        out: PathBuf,
        /// Where the public key goes: it may be shown to anybody
        #[arg(long, default_value = "root.der")]
        public: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Sign the trust list of exported keys, on a machine without a network
    SignList {
        /// The root's private key
        #[arg(long)]
        root: PathBuf,
        /// What `pass keys export` has printed
        #[arg(long)]
        keys: PathBuf,
        /// For so many days
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3_660))]
        days: i64,
        /// A higher number than was asked for
        #[arg(long)]
        sequence: Option<u64>,
        /// Signed as if it were then [default: now]
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        #[arg(long, default_value = "trust-list.cbor")]
        out: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum TrustListCommand {
    /// Take in a list that the root has signed
    Import {
        file: PathBuf,
        /// The root's public key; needed the first time, and to replace the root
        #[arg(long)]
        root: Option<PathBuf>,
        #[command(flatten)]
        of: OfTenant,
    },
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}

/// A new file, readable by its owner alone where it is secret.
fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<()> {
    let mode = if secret { 0o600 } else { 0o644 };
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}

async fn begin(store: &Store, slug: &str) -> Result<Cx> {
    store.begin(named(store, slug).await?.id, PART).await
}

pub async fn keys(settings: &Settings, command: KeysCommand) -> Result<u8> {
    with_store(settings, async |store| match command {
        KeysCommand::List(of) => {
            let mut cx = begin(store, &of.tenant).await?;
            listed(&passes::keys(&mut cx).await?, of.json)
        }
        KeysCommand::Rotate(of) => {
            let mut cx = begin(store, &of.tenant).await?;
            let keys = passes::rotate(&mut cx).await?;
            cx.commit().await?;
            listed(&keys, of.json)
        }
        KeysCommand::Export { tenant } => {
            let mut cx = begin(store, &tenant).await?;
            let told = passes::export_keys(&mut cx).await?;
            cx.commit().await?;
            println!("{}", serde_json::to_string_pretty(&told).map_err(Error::internal)?);
            Ok(())
        }
    })
    .await?;
    Ok(OK)
}

fn listed(keys: &[Key], json: bool) -> Result<()> {
    let object = |key: &Key| {
        json!({
            "kid": key.kid.to_string(), "usage": key.usage, "made_at": key.made_at,
            "signs_until": key.signs_until, "valid_until": key.valid_until, "trusted": key.trusted,
            "signs": key.signs,
        })
    };
    let objects: Vec<_> = keys.iter().map(object).collect();
    print(json, &objects, || {
        let line = |key: &Key| {
            let signs = if key.signs { "signs" } else { "does not sign" };
            let trusted = if key.trusted { "in the trust list" } else { "not in the trust list" };
            format!(
                "{} usage {}: {signs}, {trusted}; may sign until {}, believed until {}",
                key.kid, key.usage, key.signs_until, key.valid_until
            )
        };
        keys.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

pub fn root(command: &RootCommand) -> Result<u8> {
    match command {
        RootCommand::New { out, public, json } => make_root(out, public, *json)?,
        RootCommand::SignList { root, keys, days, sequence, at, out, json } => {
            let key = SigningKey::read(&read(root)?)
                .map_err(|fault| Error::internal(format!("{}: {fault}", root.display())))?;
            let told: Exported = serde_json::from_slice(&read(keys)?)
                .map_err(|error| Error::internal(format!("{}: {error}", keys.display())))?;
            let now = at.unwrap_or_else(machine_now);
            let until = now + SignedDuration::from_hours(24 * days);
            let list = told.list(*sequence, now, until)?;
            write(out, &list.sign(&key).map_err(Error::internal)?, false)?;
            let object = json!({
                "file": out, "root": key.kid().to_string(), "publisher": list.publisher,
                "sequence": list.sequence, "keys": told.keys.len(), "expires": until,
            });
            print(*json, &object, || {
                let lines = told.keys.iter().map(|key| {
                    format!("  {} usage {} for {}, until {}", key.kid, key.usage, key.territory, key.until)
                });
                let lines: Vec<String> = lines.collect();
                format!(
                    "{}: list {} of {}, good until {until}. Read the keys aloud before it leaves the room:\n{}",
                    out.display(),
                    list.sequence,
                    list.publisher,
                    lines.join("\n")
                )
            })?;
        }
    }
    Ok(OK)
}

fn make_root(out: &Path, public: &Path, json: bool) -> Result<()> {
    let rng = Rng::system();
    // Hardly ever is a draw no key of the curve.
    let drawn = (0..8).find_map(|_| {
        let secret = rng.bytes::<32>();
        SigningKey::of_secret(&secret).ok().map(|key| (secret, key))
    });
    let (secret, key) = drawn.ok_or_else(|| Error::internal("no key could be drawn"))?;
    write(out, SigningKey::pem(&secret).as_bytes(), true)?;
    write(public, key.public().der(), false)?;
    let object = json!({ "private": out, "public": public, "kid": key.kid().to_string() });
    print(json, &object, || {
        format!(
            "Root {}: the private key {} goes into the safe, the public key {} to every centre.",
            key.kid(),
            out.display(),
            public.display()
        )
    })
}

pub async fn trust_list(settings: &Settings, command: TrustListCommand) -> Result<u8> {
    let TrustListCommand::Import { file, root, of } = command;
    let (list, root) = (read(&file)?, root.as_deref().map(read).transpose()?);
    with_store(settings, async |store| {
        let mut cx = begin(store, &of.tenant).await?;
        let sequence = passes::import_trust_list(&mut cx, &list, root.as_deref()).await?;
        let keys = passes::keys(&mut cx).await?;
        cx.commit().await?;
        let lacking = keys.iter().filter(|key| !key.trusted && key.signs_until > machine_now()).count();
        let object = json!({ "tenant": of.tenant, "sequence": sequence, "keys_not_named": lacking });
        print(of.json, &object, || {
            let rest =
                if lacking == 0 { String::new() } else { format!(" It does not name {lacking} keys.") };
            format!("Trust list {sequence} is in use.{rest}")
        })
    })
    .await?;
    Ok(OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_made_once_and_signs_what_it_is_handed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let new = || RootCommand::New { out: at("root.pem"), public: at("root.der"), json: true };
        root(&new()).unwrap();
        assert!(root(&new()).is_err(), "never overwritten");
        let public = ::pass::PublicKey::read(&read(&at("root.der")).unwrap()).unwrap();
        let told = Exported { publisher: "quan7".into(), sequence: 3, keys: Vec::new() };
        fs::write(at("keys.json"), serde_json::to_vec(&told).unwrap()).unwrap();
        let sign = RootCommand::SignList {
            root: at("root.pem"),
            keys: at("keys.json"),
            days: 30,
            sequence: None,
            at: None,
            out: at("list.cbor"),
            json: true,
        };
        root(&sign).unwrap();
        let list = read(&at("list.cbor")).unwrap();
        let list = ::pass::TrustList::read(&list, &public, machine_now() + SignedDuration::from_secs(1));
        assert_eq!(list.unwrap().sequence, 3);
    }
}
