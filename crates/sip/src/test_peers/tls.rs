//! TLS for peers: an authority of the test's own, and a door before a peer that speaks TCP.

use super::peer::{LOCALHOST, has};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{broadcast, watch},
};
use tokio_rustls::TlsAcceptor;

/// Signs certificates; `openssl` does.
pub struct Authority(TempDir);

impl Authority {
    pub fn new() -> Option<Self> {
        if !has("openssl") {
            return None;
        }
        let authority = Self(tempfile::tempdir().unwrap());
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=Authority \
             -keyout ca.key -out ca.pem",
        );
        Some(authority)
    }

    fn openssl(&self, arguments: &str) {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.split_ascii_whitespace()).current_dir(self.0.path());
        let done = openssl.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "openssl {arguments}");
    }

    /// What whoever trusts it is given.
    pub fn certificates(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    /// A certificate and its key in one file, good for `DNS:localhost,IP:127.0.0.1` and the like.
    pub fn sign(&self, names: &str) -> PathBuf {
        fs::write(self.0.path().join("names"), format!("subjectAltName={names}\n")).unwrap();
        self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=peer -keyout peer.key \
             -out peer.csr",
        );
        self.openssl(
            "x509 -req -in peer.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names \
             -out peer.crt",
        );
        let read = |file: &str| fs::read_to_string(self.0.path().join(file)).unwrap();
        let both = self.0.path().join("peer.pem");
        fs::write(&both, read("peer.crt") + &read("peer.key")).unwrap();
        both
    }
}

/// Takes connections over TLS and hands them on in the clear.
pub struct Door {
    pub address: SocketAddr,
    /// How many have come in.
    pub opened: watch::Sender<usize>,
    cut: broadcast::Sender<()>,
}

impl Door {
    /// `certificate` as signed by an [`Authority`].
    pub async fn before(behind: SocketAddr, certificate: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(certificate).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, _) = broadcast::channel(1);
        let door = Self { address, opened: watch::Sender::new(0), cut: cut.clone() };
        let opened = door.opened.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, mut cut, opened) = (acceptor.clone(), cut.subscribe(), opened.clone());
                tokio::spawn(async move {
                    // Who does not trust us goes away.
                    let Ok(mut outside) = acceptor.accept(stream).await else { return };
                    opened.send_modify(|times| *times += 1);
                    let Ok(mut inside) = TcpStream::connect(behind).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut outside, &mut inside) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        door
    }

    /// Drops all connections that stand.
    pub fn cut(&self) {
        let _ = self.cut.send(());
    }
}
