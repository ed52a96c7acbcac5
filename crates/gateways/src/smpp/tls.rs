//! The way to the message centre, in clear or under TLS.

use super::SmppSettings;
use kernel::{Error, Result};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// Either way.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub(super) async fn connect(settings: &SmppSettings) -> Result<Box<dyn Wire>> {
    let failed = |error: std::io::Error| Error::Unavailable(format!("the SMS network: {error}"));
    let stream = TcpStream::connect((settings.host.as_str(), settings.port)).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    if !settings.tls {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(settings.host.clone())
        .map_err(|error| Error::internal(format!("smpp settings: {error}")))?;
    let secured = TlsConnector::from(Arc::new(trusted(settings)?)).connect(name, stream).await;
    Ok(Box::new(secured.map_err(failed)?))
}

fn trusted(settings: &SmppSettings) -> Result<ClientConfig> {
    let wrong = |error: &dyn std::fmt::Display| Error::internal(format!("smpp settings: {error}"));
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = &settings.authority {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
